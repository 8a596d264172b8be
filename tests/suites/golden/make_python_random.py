"""Golden draws: what CPython 3.11 draws. For developers: `python make_python_random.py` writes python_random.json."""
import random, json
rows=[]
for seed in [0,1,42,1234,2**32+5,2**63+11, 2**64-1]:
    r=random.Random(seed)
    bits=[r.getrandbits(32) for _ in range(5)]
    samples=[]
    for n,k in [(5,3),(21,5),(22,5),(22,6),(85,6),(86,6),(100,8),(1319,9),(7473,5),(1319,1),(3,3),(10000,100)]:
        samples.append({"population":n,"k":k,"drawn":r.sample(list(range(n)),k)})
    below=[r._randbelow(n) for n in [1,2,3,1000,2**31,2**32-1]]
    small=[r.getrandbits(b) for b in [1,5,17,31]]
    # far into the stream, past several refills of the state
    for _ in range(2000): r.getrandbits(32)
    rows.append({"seed":str(seed),"bits":bits,"samples":samples,"below":below,"small":small,"after_2000":r.getrandbits(32)})
json.dump(rows,open(__import__('os').path.join(__import__('os').path.dirname(__import__('os').path.abspath(__file__)),'python_random.json'),'w'))
