// Worked examples that task files name with `samples: !function utils.list_fewshot_samples`: those of Minerva
// (Lewkowycz et al. 2022, appendix D.2) and the first three few-shot problems of MBPP (Austin et al. 2021).

#include "suites/functions/task_functions.h"

namespace reckon::suites {

// clang-format off
std::vector<std::string> minerva_fewshot_samples() {
  return {
      R"json({"problem": "Find the domain of the expression  $\\frac{\\sqrt{x-2}}{\\sqrt{5-x}}$.", "s)json"
      R"json(olution": "The expressions inside each square root must be non-negative. Therefore, $x-2)json"
      R"json( \\ge 0$, so $x\\ge2$, and $5 - x \\ge 0$, so $x \\le 5$. Also, the denominator cannot b)json"
      R"json(e equal to zero, so $5-x>0$, which gives $x<5$. Therefore, the domain of the expression )json"
      R"json(is $\\boxed{[2,5)}$.\nFinal Answer: The final answer is $[2,5)$. I hope it is correct.",)json"
      R"json( "few_shot": "1"})json",
      R"json({"problem": "If $\\det \\mathbf{A} = 2$ and $\\det \\mathbf{B} = 12,$ then find $\\det ()json"
      R"json(\\mathbf{A} \\mathbf{B}).$", "solution": "We have that $\\det (\\mathbf{A} \\mathbf{B}) )json"
      R"json(= (\\det \\mathbf{A})(\\det \\mathbf{B}) = (2)(12) = \\boxed{24}.$\nFinal Answer: The fi)json"
      R"json(nal answer is $24$. I hope it is correct.", "few_shot": "1"})json",
      R"json({"problem": "Terrell usually lifts two 20-pound weights 12 times. If he uses two 15-poun)json"
      R"json(d weights instead, how many times must Terrell lift them in order to lift the same total)json"
      R"json( weight?", "solution": "If Terrell lifts two 20-pound weights 12 times, he lifts a total)json"
      R"json( of $2\\cdot 12\\cdot20=480$ pounds of weight.  If he lifts two 15-pound weights instead)json"
      R"json( for $n$ times, he will lift a total of $2\\cdot15\\cdot n=30n$ pounds of weight.  Equat)json"
      R"json(ing this to 480 pounds, we can solve for $n$:\n\\begin{align*}\n30n&=480\\\\\n\\Rightarr)json"
      R"json(ow\\qquad n&=480/30=\\boxed{16}\n\\end{align*}\nFinal Answer: The final answer is $16$. )json"
      R"json(I hope it is correct.", "few_shot": "1"})json",
      R"json({"problem": "If the system of equations\n\n\\begin{align*}\n6x-4y&=a,\\\\\n6y-9x &=b.\n\)json"
      R"json(\end{align*}has a solution $(x, y)$ where $x$ and $y$ are both nonzero,\nfind $\\frac{a})json"
      R"json({b},$ assuming $b$ is nonzero.", "solution": "If we multiply the first equation by $-\\f)json"
      R"json(rac{3}{2}$, we obtain\n\n$$6y-9x=-\\frac{3}{2}a.$$Since we also know that $6y-9x=b$, we )json"
      R"json(have\n\n$$-\\frac{3}{2}a=b\\Rightarrow\\frac{a}{b}=\\boxed{-\\frac{2}{3}}.$$\nFinal Answ)json"
      R"json(er: The final answer is $-\\frac{2}{3}$. I hope it is correct.", "few_shot": "1"})json"};
}

std::vector<std::string> mbpp_fewshot_samples() {
  return {
      R"json({"task_id": 2, "text": "Write a function to find the similar elements from the given two)json"
      R"json( tuple lists.", "code": "def similar_elements(test_tup1, test_tup2):\r\n  res = tuple(se)json"
      R"json(t(test_tup1) & set(test_tup2))\r\n  return (res) ", "test_list": ["assert similar_elemen)json"
      R"json(ts((3, 4, 5, 6),(5, 7, 4, 10)) == (4, 5)", "assert similar_elements((1, 2, 3, 4),(5, 4, )json"
      R"json(3, 7)) == (3, 4)", "assert similar_elements((11, 12, 14, 13),(17, 15, 14, 13)) == (13, 1)json"
      R"json(4)"], "is_fewshot": true})json",
      R"json({"task_id": 3, "text": "Write a python function to identify non-prime numbers.", "code":)json"
      R"json( "import math\r\ndef is_not_prime(n):\r\n    result = False\r\n    for i in range(2,int()json"
      R"json(math.sqrt(n)) + 1):\r\n        if n % i == 0:\r\n            result = True\r\n    return)json"
      R"json( result", "test_list": ["assert is_not_prime(2) == False", "assert is_not_prime(10) == T)json"
      R"json(rue", "assert is_not_prime(35) == True"], "is_fewshot": true})json",
      R"json({"task_id": 4, "text": "Write a function to find the largest integers from a given list )json"
      R"json(of numbers using heap queue algorithm.", "code": "import heapq as hq\r\ndef heap_queue_l)json"
      R"json(argest(nums,n):\r\n  largest_nums = hq.nlargest(n, nums)\r\n  return largest_nums", "tes)json"
      R"json(t_list": ["assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],3)==[85, 75, )json"
      R"json(65] ", "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],2)==[85, 75] ", )json"
      R"json("assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],5)==[85, 75, 65, 58, 35)json"
      R"json(]"], "is_fewshot": true})json"};
}
// clang-format on

}  // namespace reckon::suites
