#include "suites/math/calcium_proof.h"

#include <calcium/ca.h>
#include <string.h>

#define PLACES 512

struct reckon_calcium {
  ca_ctx_t context;
  ca_struct values[PLACES];
  int used;
};

struct reckon_calcium* reckon_calcium_new(void) {
  struct reckon_calcium* calcium = flint_malloc(sizeof(struct reckon_calcium));
  calcium->used = 0;
  ca_ctx_init(calcium->context);
  /* What is not proven within these limits is not known; they bound the work. */
  ca_ctx_set_option(calcium->context, CA_OPT_PREC_LIMIT, 1024);
  ca_ctx_set_option(calcium->context, CA_OPT_QQBAR_DEG_LIMIT, 48);
  ca_ctx_set_option(calcium->context, CA_OPT_LLL_PREC, 128);
  ca_ctx_set_option(calcium->context, CA_OPT_GROEBNER_LENGTH_LIMIT, 20);
  ca_ctx_set_option(calcium->context, CA_OPT_GROEBNER_POLY_LENGTH_LIMIT, 200);
  ca_ctx_set_option(calcium->context, CA_OPT_GROEBNER_POLY_BITS_LIMIT, 2000);
  return calcium;
}

void reckon_calcium_free(struct reckon_calcium* calcium) {
  for (int i = 0; i < calcium->used; ++i) ca_clear(calcium->values + i, calcium->context);
  ca_ctx_clear(calcium->context);
  flint_free(calcium);
}

static int new_place(struct reckon_calcium* calcium) {
  if (calcium->used >= PLACES) return -1;
  ca_init(calcium->values + calcium->used, calcium->context);
  return calcium->used++;
}

static int is_number(const struct reckon_calcium* calcium, int place) {
  return place >= 0 && !CA_IS_SPECIAL(calcium->values + place);
}

static int checked(const struct reckon_calcium* calcium, int place) {
  return is_number(calcium, place) ? place : -1;
}

int reckon_calcium_rational(struct reckon_calcium* calcium, const fmpq* value) {
  const int place = new_place(calcium);
  if (place >= 0) ca_set_fmpq(calcium->values + place, value, calcium->context);
  return place;
}

int reckon_calcium_constant(struct reckon_calcium* calcium, const char* name) {
  const int place = new_place(calcium);
  if (place < 0) return -1;
  ca_ptr result = calcium->values + place;
  if (strcmp(name, "pi") == 0) {
    ca_pi(result, calcium->context);
  } else if (strcmp(name, "i") == 0) {
    ca_i(result, calcium->context);
  } else {
    ca_one(result, calcium->context);
    ca_exp(result, result, calcium->context);
  }
  return checked(calcium, place);
}

int reckon_calcium_add(struct reckon_calcium* calcium, int a, int b) {
  const int place = new_place(calcium);
  if (place < 0 || !is_number(calcium, a) || !is_number(calcium, b)) return -1;
  ca_add(calcium->values + place, calcium->values + a, calcium->values + b, calcium->context);
  return checked(calcium, place);
}

int reckon_calcium_multiply(struct reckon_calcium* calcium, int a, int b) {
  const int place = new_place(calcium);
  if (place < 0 || !is_number(calcium, a) || !is_number(calcium, b)) return -1;
  ca_mul(calcium->values + place, calcium->values + a, calcium->values + b, calcium->context);
  return checked(calcium, place);
}

int reckon_calcium_power(struct reckon_calcium* calcium, int base, const fmpq* exponent) {
  const int place = new_place(calcium);
  if (place < 0 || !is_number(calcium, base)) return -1;
  ca_ptr result = calcium->values + place;
  ca_ctx_struct* context = calcium->context;
  if (fmpz_is_even(fmpq_denref(exponent)) || fmpz_is_one(fmpq_denref(exponent))) {
    ca_pow_fmpq(result, calcium->values + base, exponent, context);
    return checked(calcium, place);
  }
  /* An odd root: the sign must be known. */
  const truth_t negative = ca_check_is_negative_real(calcium->values + base, context);
  if (negative == T_UNKNOWN) return -1;
  if (negative == T_FALSE) {
    ca_pow_fmpq(result, calcium->values + base, exponent, context);
  } else {
    ca_neg(result, calcium->values + base, context);
    ca_pow_fmpq(result, result, exponent, context);
    if (fmpz_is_odd(fmpq_numref(exponent))) ca_neg(result, result, context);
  }
  return checked(calcium, place);
}

int reckon_calcium_general_power(struct reckon_calcium* calcium, int base, int exponent) {
  const int place = new_place(calcium);
  if (place < 0 || !is_number(calcium, base) || !is_number(calcium, exponent)) return -1;
  ca_pow(calcium->values + place, calcium->values + base, calcium->values + exponent, calcium->context);
  return checked(calcium, place);
}

int reckon_calcium_function(struct reckon_calcium* calcium, const char* name, int argument) {
  static const struct {
    const char* name;
    void (*apply)(ca_t, const ca_t, ca_ctx_t);
  } functions[] = {{"exp", ca_exp}, {"log", ca_log}, {"arctan", ca_atan}, {"arcsin", ca_asin}, {"arccos", ca_acos},
                   {"abs", ca_abs}};
  const int place = new_place(calcium);
  if (place < 0 || !is_number(calcium, argument)) return -1;
  ca_ptr result = calcium->values + place;
  const ca_ptr x = calcium->values + argument;
  ca_ctx_struct* context = calcium->context;
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; ++i) {
    if (strcmp(name, functions[i].name) != 0) continue;
    functions[i].apply(result, x, context);
    return checked(calcium, place);
  }
  if (strcmp(name, "sin") == 0) {
    ca_sin_cos(result, NULL, x, context);
  } else if (strcmp(name, "cos") == 0) {
    ca_sin_cos(NULL, result, x, context);
  } else if (strcmp(name, "tan") == 0) {
    ca_tan(result, x, context);
  } else {
    return -1;
  }
  return checked(calcium, place);
}

int reckon_calcium_equal(struct reckon_calcium* calcium, int a, int b) {
  if (!is_number(calcium, a) || !is_number(calcium, b)) return -1;
  const truth_t truth = ca_check_equal(calcium->values + a, calcium->values + b, calcium->context);
  return truth == T_TRUE ? 1 : truth == T_FALSE ? 0 : -1;
}
