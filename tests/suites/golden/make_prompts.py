"""Golden prompts: what lm-evaluation-harness 0.4.13 (datasets 4 or newer) builds from the suite files written here.
For developers: `python make_prompts.py` writes prompts/*.yaml, rows.jsonl, train.jsonl and golden.json."""
import os; os.environ['HF_HUB_OFFLINE']='1'; os.environ['HF_DATASETS_OFFLINE']='1'; os.environ['OMP_NUM_THREADS']='1'
import json, sys, yaml, tempfile, random
from lm_eval.api.task import ConfigurableTask
out=os.path.join(os.path.dirname(os.path.abspath(__file__)),'prompts')
os.makedirs(out,exist_ok=True)
rng=random.Random(7)
docs=[]
for i in range(30):
    a,b=rng.randrange(100),rng.randrange(100)
    docs.append({"id":i,"question":f"What is {a} + {b}?","answer":f"{a} plus {b} makes {a+b}.\n#### {a+b}","choices":[str(a+b),str(a+b+1),str(a+b+10)],"label":i%3,"hint":"sum" if i%2 else " spaced"})
docs[7]=dict(docs[3]); docs[8]=dict(docs[3]); docs[9]=dict(docs[3])  # copies of one row
with open(out+'/rows.jsonl','w') as f:
    for d in docs: f.write(json.dumps(d)+'\n')
with open(out+'/train.jsonl','w') as f:
    for i in range(25): f.write(json.dumps({"id":100+i,"question":f"Train {i}?","answer":f"Because {i}.\n#### {i}","choices":["x","y","z"],"label":i%3,"hint":"h"})+'\n')
base=dict(dataset_path='json',test_split='test',dataset_kwargs=dict(data_files=dict(test='rows.jsonl',train='train.jsonl')),doc_to_text="Q: {{question}}\nA:",doc_to_target="answer",output_type='generate_until',generation_kwargs=dict(until=['Q:'],do_sample=False))
def T(**k):
    d=json.loads(json.dumps(base)); d.update(k); return d
cases={
 'same_split': T(fewshot_split='test',num_fewshot=4),
 'train_split': T(training_split='train',fewshot_split='train',num_fewshot=5),
 'first_n_same': T(fewshot_split='test',num_fewshot=3,fewshot_config=dict(sampler='first_n')),
 'described': T(fewshot_split='train',training_split='train',num_fewshot=2,description="Add the numbers.\n\n"),
 'described_template': T(num_fewshot=0,description="Task {{id}}"),
 'gen_prefix': T(fewshot_split='train',training_split='train',num_fewshot=2,gen_prefix="The sum is"),
 'gen_prefix_space': T(fewshot_split='train',training_split='train',num_fewshot=1,gen_prefix=" {{hint}} ",doc_to_text="{{question}}"),
 'inline': T(num_fewshot=2,fewshot_config=dict(sampler='first_n',samples=[dict(question='One?',target='uno',id=0),dict(question='Two?',target='dos',id=1),dict(question='Three?',target='tres',id=2)],doc_to_target='{{target}}')),
 'inline_random': T(num_fewshot=2,fewshot_config=dict(samples=[dict(question=f'{w}?',target=w.lower(),id=0) for w in ['One','Two','Three','Four','Five']],doc_to_target='{{target}}')),
 'delimiters': T(fewshot_split='train',training_split='train',num_fewshot=2,target_delimiter=" => ",fewshot_delimiter="\n---\n",doc_to_text="question"),
 'choices': T(output_type='multiple_choice',doc_to_choice='choices',doc_to_target='label',fewshot_split='train',training_split='train',num_fewshot=2,generation_kwargs=None),
 'choices_template': T(output_type='multiple_choice',doc_to_choice='{{[choices[0], "other", choices[2]]}}',doc_to_target='{{label}}',num_fewshot=0,generation_kwargs=None),
 'choices_prefix': T(output_type='multiple_choice',doc_to_choice=['A','B','C'],doc_to_target='label',gen_prefix='Answer:',num_fewshot=0,generation_kwargs=None),
}
golden={}
def tmpl(msgs,add_generation_prompt=True): return json.dumps([add_generation_prompt,msgs])
for name,cfg in cases.items():
    yaml.safe_dump({k:v for k,v in {**cfg,'task':name}.items() if v is not None},open(f'{out}/{name}.yaml','w'),sort_keys=False)
    cfg={k:v for k,v in cfg.items() if v is not None}
    rc=json.loads(json.dumps(cfg)); rc['task']=name
    rc['dataset_kwargs']={'data_files':{k:f'{out}/{v}' for k,v in cfg['dataset_kwargs']['data_files'].items()}}
    g={}
    for mode in ['text','multiturn','singleturn']:
      for sysi in [None,'Be brief.']:
        t=ConfigurableTask(config=json.loads(json.dumps(rc)))
        t.set_fewshot_seed(1234)
        chat=mode!='text'
        t.build_all_requests(limit=15,rank=0,world_size=1,system_instruction=sysi,apply_chat_template=chat,fewshot_as_multiturn=mode=='multiturn',chat_template=tmpl if chat else None,tokenizer_name='')
        items=[]
        docids={}
        for inst in t.instances:
            docids.setdefault(inst.doc_id,[]).append(inst.args)
        for i in sorted(docids):
            a=docids[i]
            ctx=a[0][0]
            item={'context': json.loads(ctx) if chat else ctx}
            if cfg['output_type']!='generate_until': item['continuations']=[x[1] for x in a]
            items.append(item)
        # a few documents are enough where there are no draws
        g[mode+('+system' if sysi else '')]=items if (mode=='text' and not sysi) else items[:3]
    golden[name]=g
json.dump(golden,open(out+'/golden.json','w'),indent=0)
from lm_eval.utils import hash_string, handle_non_serializable
print(hash_string(json.dumps(docs[0],indent=2,default=handle_non_serializable,ensure_ascii=False)))
print(os.path.getsize(out+'/golden.json'))
