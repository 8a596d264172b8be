// The samples: a small index, and blocks of texts that are unpacked when they are looked at.

async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent);
  const raw = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; ++i) raw[i] = packed.charCodeAt(i);
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// In place of a verdict: questions that some model answered rightly and another did not.
const kDiffers = "differs";

class SampleStore {
  constructor(perBlock) {
    this.perBlock = perBlock;
    this.blocks = new Map();
    this.searchable = new Map();
  }

  async open() {
    this.index = await unpacked("sample-index");
    this.size = this.index.run.length;
    this.repeated = this.index.repeat.some((repeat) => repeat > 0);
    this.byQuestion = null;
  }

  questionKey(i) {
    return `${this.index.doc[i]}.${this.index.repeat[i]} ${this.index.task[i]}`;
  }

  // Every run's sample of the same question. Sorted out when first asked for: a hundred thousand take a while.
  siblings(i) {
    if (this.byQuestion === null) {
      this.byQuestion = new Map();
      for (let k = 0; k < this.size; ++k) {
        const key = this.questionKey(k);
        const found = this.byQuestion.get(key);
        if (found === undefined) this.byQuestion.set(key, [k]); else found.push(k);
      }
    }
    return this.byQuestion.get(this.questionKey(i));
  }

  block(number) {
    if (!this.blocks.has(number)) this.blocks.set(number, unpacked("sample-block-" + number));
    return this.blocks.get(number);
  }

  async sample(i) {
    const block = await this.block(Math.floor(i / this.perBlock));
    return block[i % this.perBlock];
  }

  // Whether some run answered the question rightly and another did not.
  differs(i) {
    const right = this.siblings(i).map((s) => this.index.verdict[s] === "right");
    return right.includes(true) && right.includes(false);
  }

  // Lower-case text of every sample of a block, for searching: also its verdict, evidence and tokens as the page shows them.
  async textsOf(number) {
    if (!this.searchable.has(number)) {
      const block = await this.block(number);
      const { verdict, tokens } = this.index;
      const first = number * this.perBlock;
      this.searchable.set(number, block.map((s, k) => [s.prompt, s.thinking, s.answer, s.response, s.extracted, s.target, s.why, s.error,
        verdict[first + k], s.evidence?.replaceAll("_", " "), `${count(tokens[first + k])} tokens`]
        .filter((t) => t !== undefined).join("\n").toLowerCase()));
    }
    return this.searchable.get(number);
  }

  // Indices that fit; `stale()` tells that a newer search has begun.
  async find(filter, stale) {
    const wanted = filter.text.toLowerCase();
    const found = [];
    let texts = null;
    let current = -1;
    for (let i = 0; i < this.size; ++i) {
      if (filter.run !== "" && this.index.run[i] !== Number(filter.run)) continue;
      if (filter.task !== "" && this.index.task[i] !== filter.task) continue;
      if (filter.doc !== "" && (this.index.doc[i] !== Number(filter.doc) || this.index.repeat[i] !== Number(filter.repeat))) continue;
      if (filter.verdict === kDiffers ? !this.differs(i) : filter.verdict !== "" && this.index.verdict[i] !== filter.verdict) continue;
      if (wanted !== "") {
        const number = Math.floor(i / this.perBlock);
        if (number !== current) {
          texts = await this.textsOf(number);
          current = number;
          if (stale()) return null;
        }
        if (!texts[i % this.perBlock].includes(wanted)) continue;
      }
      found.push(i);
    }
    return found;
  }
}

// Null where there is nothing to open, or no way to.
async function openSamples(data) {
  if (data.samples === 0 || typeof DecompressionStream === "undefined") return null;
  const store = new SampleStore(data.samples_per_block);
  await store.open();
  return store;
}
