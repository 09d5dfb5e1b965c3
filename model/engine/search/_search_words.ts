/**
 * Text for handling whole states in the generated loop: word by word, or in loops where there are
 * many words; and for hashing them.
 *
 * @module
 */

/** Text for reading and writing whole states: word by word, or in loops where there are many. */
export interface Words {
  /** Names the words of the state being expanded, taken from the queue. */
  readonly load: string;
  /** Makes the state being expanded the current one again. */
  readonly restore: string;
  /** Whether the current state differs from the one being expanded. */
  readonly changed: string;
  /** Parameters that carry the state being expanded to a function. */
  readonly pass: string;
  /** Names the words of the current state, and its key and hash. */
  readonly take: string;
  /** Whether those differ from the state being expanded. */
  readonly moved: string;
  /** Puts them into the batch at `n`. */
  readonly batch: string;
  /** Makes batch entry `i` the current state. */
  readonly show: string;
  /** Whether the current state differs from batch entry `i`. */
  readonly touched: string;
  /** Appends batch entry `i` to the queue. */
  readonly queue: string;
}

/** An offset as text: nothing for 0. */
export function plus(x: number): string {
  return x === 0 ? "" : ` + ${x}`;
}

/** Names `hash`, of the words b0, b1, …; its high bits are the home slot. */
export function hashOf(count: number): string {
  let text = "let hash = Math.imul(b0, 0x9e3779b1); hash ^= hash >>> 15;";
  for (let x = 1; x < count; x++) {
    text += ` hash = Math.imul(hash ^ b${x}, ${
      CONSTANTS[x % CONSTANTS.length]
    }); hash ^= hash >>> 15;`;
  }
  return `${text} hash = Math.imul(hash, 0x2c1b3c6d); hash ^= hash >>> 12; hash = Math.imul(hash, 0x297a2d39);`;
}

const CONSTANTS = ["0x9e3779b1", "0x85ebca77", "0xc2b2ae3d", "0x27d4eb2f"];

/** Mixes one word into the two halves of a 64-bit hash, as MurmurHash3 does. */
function mix(word: string): string {
  return `{ let k = Math.imul(${word}, 0xcc9e2d51); k = k << 15 | k >>> 17; x0 ^= Math.imul(k, 0x1b873593); ` +
    `x0 = x0 << 13 | x0 >>> 19; x0 = Math.imul(x0, 5) + 0xe6546b64 | 0; ` +
    `k = Math.imul(${word}, 0x239b961b); k = k << 16 | k >>> 16; x1 ^= Math.imul(k, 0xab0e9789); ` +
    `x1 = (x1 << 17 | x1 >>> 15) + x0 | 0; x1 = Math.imul(x1, 5) + 0x561ccd1b | 0; }`;
}

const FINISH =
  ["x0", "x1"].map((x) =>
    `${x} ^= ${x} >>> 16; ${x} = Math.imul(${x}, 0x85ebca6b); ${x} ^= ${x} >>> 13; ` +
    `${x} = Math.imul(${x}, 0xc2b2ae35); ${x} ^= ${x} >>> 16;`
  ).join(" ") + " x0 = x0 + x1 | 0; x1 = x1 + x0 | 0; if (x0 === 0) x0 = 1; const hash = x1;";

const KEEP = " BX[n * 2] = x0; BX[n * 2 + 1] = x1;";

/** For states of few words: each word is a variable. */
export function unrolled(N: number, hashed: boolean): Words {
  const all = Array.from({ length: N }, (_, index) => index);
  const each = (text: (x: number) => string) => all.map(text).join(" ");
  const hash = hashed
    ? `let x0 = 0x9747b28c, x1 = 0x2f0b4f5d; ${each((x) => mix(`b${x}`))} ${FINISH}`
    : hashOf(N);
  return {
    load: each((x) => `const c${x} = RC[readAt${plus(x)}];`),
    restore: each((x) => `W[${x}] = c${x};`),
    changed: all.map((x) => `W[${x}] !== c${x}`).join(" || "),
    pass: all.map((x) => `c${x}, `).join(""),
    take: each((x) => `const b${x} = W[${x}];`),
    moved: all.map((x) => `b${x} !== c${x}`).join(" || "),
    batch: `${hash} ${each((x) => `BW[n * ${N}${plus(x)}] = b${x};`)} BH[n] = hash;${
      hashed ? KEEP : ""
    }`,
    show: each((x) => `W[${x}] = BW[i * ${N}${plus(x)}];`),
    touched: all.map((x) => `W[${x}] !== BW[i * ${N}${plus(x)}]`).join(" || "),
    queue: each((x) => `WC[writeAt${plus(x)}] = BW[i * ${N}${plus(x)}];`),
  };
}

/** For states of many words: they are kept by hash. */
export function looped(N: number): Words {
  const loop = (body: string) => `for (let x = 0; x < ${N}; x++) ${body}`;
  return {
    load: loop("C[x] = RC[readAt + x];"),
    restore: loop("W[x] = C[x];"),
    changed: "changedFrom(C, 0)",
    pass: "",
    take: `let moved = false, x0 = 0x9747b28c, x1 = 0x2f0b4f5d; ` +
      loop(`{ const b = W[x]; if (b !== C[x]) moved = true; BW[n * ${N} + x] = b; ${mix("b")} }`),
    moved: "moved",
    batch: `${FINISH} BH[n] = hash;${KEEP}`,
    show: loop(`W[x] = BW[i * ${N} + x];`),
    touched: `changedFrom(BW, i * ${N})`,
    queue: loop(`WC[writeAt + x] = BW[i * ${N} + x];`),
  };
}
