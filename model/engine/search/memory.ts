/**
 * How much memory there is for a search: it is to end, and say so, before the host ends it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";

/** There is no memory for more states. */
export class OutOfMemory extends RangeError {
  /** The class's name. */
  override readonly name: string = "OutOfMemory";
}

/** The host is asked again after so many bytes were taken. */
const GRAIN = 16 * 2 ** 20;
/** Of what the host has, so much is left to all else: a share of it, and no more than that. */
const SPARED = { share: 1 / 8, most: 256 * 2 ** 20 };
/** So much of what V8 tells is for young values: what lives on does not get it. */
const YOUNG = 96 * 2 ** 20;
/** Of V8's heap, so much may be in use: nearer to its end it collects garbage most of the time. */
const HEAP_SHARE = 0.85;

/** What a search may take, and what it has taken. */
export class Memory {
  /** Bytes that are taken, and the most that ever were. */
  bytes = 0;
  peak = 0;
  readonly #most: number;
  readonly #host: Host;
  /** Taken since the host was asked last. */
  #since = GRAIN;

  /** @param most Bytes that the search may take for states; what the host has is a limit always. */
  constructor(most: number = Infinity, host: Host = theHost) {
    this.#most = most;
    this.#host = host;
  }

  /** An array of zeros, of what there is; throws {@linkcode OutOfMemory}. */
  array<A extends Words>(Kind: WordsConstructor<A>, length: number): A {
    const bytes = length * Kind.BYTES_PER_ELEMENT;
    this.#since += bytes;
    if (this.bytes + bytes > this.#most) throw new OutOfMemory("the search has taken all it may");
    if (this.#since >= GRAIN) {
      this.#since = 0;
      if (this.#host.left() < bytes) throw new OutOfMemory("the host has no more");
    }
    let array: A;
    try {
      array = new Kind(length);
    } catch (error) {
      // The only word that V8 has for memory that cannot be had.
      throw new OutOfMemory(`there is none for ${length} more numbers`, { cause: error });
    }
    this.bytes += bytes;
    if (this.bytes > this.peak) this.peak = this.bytes;
    return array;
  }

  /**
   * An array that a search begins with, and that it has whatever the limit: so it can say how far it came. Where
   * there is none for the next one, it ends.
   */
  first<A extends Words>(Kind: WordsConstructor<A>, length: number): A {
    const array = new Kind(length);
    this.bytes += array.byteLength;
    this.peak = Math.max(this.peak, this.bytes);
    return array;
  }

  /** The same, with room for as much again; the old one is gone. */
  doubled<A extends Words>(array: A): A {
    // INVARIANT: a typed array's constructor makes arrays of its kind.
    const more = this.array(array.constructor as WordsConstructor<A>, 2 * array.length);
    more.set(array);
    this.free(array);
    return more;
  }

  /**
   * An array is used no more. (To detach it would give it back at once; but from then on V8 asks at each access
   * to any array, whether that is detached.)
   */
  free(array: Words): void {
    this.bytes -= array.byteLength;
  }

  /** Whether what is taken by others leaves too little. */
  isShort(): boolean {
    return this.#host.left() <= 0;
  }

  /** Whether V8 is about to end the program, for the values in its heap. */
  isHeapFull(): boolean {
    return this.#host.heap() > HEAP_SHARE;
  }
}

/** The arrays that searches keep their states in. */
export type Words = Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

interface WordsConstructor<A extends Words> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
}

/** What is asked of the host. */
export interface Host {
  /** How many bytes there still are; none, where it cannot go on for long. */
  left(): number;
  /** The share of V8's heap that is in use. */
  heap(): number;
}

/** The host that this runs on: what it does not tell is no limit. */
class ThisHost implements Host {
  heap(): number {
    try {
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return used / Math.max(limit - YOUNG, limit / 2);
    } catch {
      return 0; // a host that has no V8
    }
  }

  /** The files that tell of the control groups' limits and use, each pair once; found when first asked. */
  #groups: readonly Group[] | undefined;

  left(): number {
    this.#groups ??= groupsOf(read("/proc/self/cgroup") ?? "");
    const machine = read("/proc/meminfo") ?? "";
    const kilobytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(machine)?.[1] ?? Infinity);
    const total = kilobytes("MemTotal");
    let least = spared(kilobytes("MemAvailable") * 1024, total * 1024);
    for (const group of this.#groups) {
      const most = Number(read(group.limit) ?? "max");
      const now = Number(read(group.use));
      // Without a limit there is "max", or a number larger than all memory.
      if (!(most < Number.MAX_SAFE_INTEGER / 2) || Number.isNaN(now)) continue;
      // What the host keeps of files, it gives up before it ends a program.
      const files = /^(?:total_)?inactive_file (\d+)$/m.exec(read(group.kinds) ?? "");
      least = Math.min(least, spared(most - now + Number(files?.[1] ?? 0), most));
    }
    return least;
  }
}

function spared(left: number, total: number): number {
  return left - Math.min(total * SPARED.share, SPARED.most);
}

/** The files of a control group. */
interface Group {
  readonly limit: string;
  readonly use: string;
  readonly kinds: string;
}

/** The control groups that this process is in, with those around them, by what the host says of them. */
function groupsOf(text: string): readonly Group[] {
  return text.split("\n").flatMap((line) => {
    const [, kinds = "", path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const old = kinds.split(",").includes("memory");
    if (path === "" || !old && kinds !== "") return [];
    const base = old ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    const parts = path.split("/").filter((part) => part !== "");
    return Array.from({ length: parts.length + 1 }, (_, depth): Group => {
      const dir = [base, ...parts.slice(0, depth)].join("/");
      return {
        limit: `${dir}/${old ? "memory.limit_in_bytes" : "memory.max"}`,
        use: `${dir}/${old ? "memory.usage_in_bytes" : "memory.current"}`,
        kinds: `${dir}/memory.stat`,
      };
    }).filter(({ limit }) => read(limit) !== undefined);
  });
}

/** A file of the host; undefined where there is none, or where this may not read it: nobody is asked to let it. */
function read(path: string): string | undefined {
  try {
    const { Deno: deno } = globalThis as { readonly Deno?: typeof Deno };
    if (deno?.permissions.querySync({ name: "read", path }).state === "prompt") return undefined;
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const theHost: Host = new ThisHost();
