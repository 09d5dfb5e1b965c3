/**
 * How the file of `specs/io/co_file.ts` meets the code of `src/io/co_file.ts`: by a host that does what it is told, and
 * promises that tell on the spot.
 *
 * @module
 */
import { inspect } from "node:util";
import { CoFile, Coroutine, CoroutineError, type Suspension } from "../../../mod.ts";
import type { Binding, Outcome } from "../../engine/play/binding.ts";
import type { Spec, View } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coFile, WRONG } from "../../specs/io/co_file.ts";
import { type Next, Rejected } from "../core/_puppets.ts";

const FD = 7;

type Done = (error: unknown, value?: unknown) => void;

/** What the code has for a promise here: whoever asks is told on the spot. */
class OnTheSpot {
  #outcome: { readonly bad: boolean; readonly value: unknown } | undefined;
  readonly #told: (() => void)[] = [];

  constructor(
    begin: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
  ) {
    const settle = (bad: boolean) => (value: unknown): void => {
      this.#outcome ??= { bad, value };
      for (const tell of this.#told.splice(0)) tell();
    };
    begin(settle(false), settle(true));
  }

  then(fulfilled: (value: unknown) => void, rejected: (error: unknown) => void): void {
    const tell = (): void => {
      if (this.#outcome?.bad === true) rejected(this.#outcome.value);
      else fulfilled(this.#outcome?.value);
    };
    if (this.#outcome === undefined) this.#told.push(tell);
    else tell();
  }

  catch(rejected: (error: unknown) => Promise<unknown>): OnTheSpot {
    return new OnTheSpot((resolve, reject) => {
      this.then(resolve, (error) => {
        const next = rejected(error);
        next.catch(() => {});
        // What it comes to later is told nobody here.
        if (inspect(next).includes("<rejected>")) reject(error);
      });
    });
  }
}

/** What is done when somebody closes a file, as so many calls are under way. */
let closes = (_calls: number): void => {};

/** In place of the host's own. */
class Told extends OnTheSpot {
  static allSettled(all: Iterable<unknown>): OnTheSpot {
    closes([...all].length);
    return new OnTheSpot(() => {});
  }
}

/** A call of the host's that is under way. */
interface Call {
  readonly name: string;
  readonly done: Done;
  /** What it is to move, if it is a read or a write. */
  readonly move?: { readonly bytes: Uint8Array; readonly position: number };
  /** How long the file is to be. */
  readonly size?: number;
}

/** What one does with the file, and what it comes to. */
class Caller {
  readonly co: Coroutine;
  outcome: string | undefined;
  failure: unknown;

  constructor(wait: () => Suspension<string>) {
    const say = (outcome: string): void => void (this.outcome = outcome);
    const fail = (error: unknown): void => void (this.failure = error);
    this.co = Coroutine.create(function* calls() {
      try {
        say(yield* wait());
      } catch (error) {
        fail(error);
        say(wordsOf(error));
      }
    });
    this.co.enter();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof CoroutineError) return error.code;
  if (error instanceof Rejected) return "its wait failed";
  if (error instanceof TypeError) return "TypeError";
  return typeof error === "object" && error !== null && "code" in error
    ? `${error.code}`
    : `${error}`;
}

/** The host, and those who use it. */
class Stage {
  readonly who: readonly string[];
  /** The bytes of the file: of each, whose it is. */
  content: string[] = [];
  /** How the host is asked to open the file, and whom it tells. */
  opening: { readonly flags: string; readonly done: Done } | undefined;
  closed = 0;
  awaited = 0;
  closings = 0;
  #file: CoFile | undefined;
  #opener: Caller | undefined;
  readonly #callers = new Map<string, Caller>();
  /** What the host does for each. */
  readonly calls = new Map<string, Call>();
  /** Into what one reads. */
  readonly #into = new Map<string, Uint8Array>();
  /** For whom the host is asked. */
  #current = "";
  #hasFiles = true;

  constructor(who: readonly string[]) {
    this.who = who;
  }

  /** Does something where there is this host, and promises tell on the spot. */
  within<R>(act: () => R): R {
    // INVARIANT: it is put back before anybody else runs.
    const home = globalThis as unknown as {
      Promise: unknown;
      process: { getBuiltinModule: unknown };
    };
    const { Promise: promise, process: { getBuiltinModule } } = home;
    closes = (calls) => {
      this.closings++;
      this.awaited = calls;
    };
    home.Promise = Told;
    home.process.getBuiltinModule = () => this.#hasFiles ? this.#fs : undefined;
    try {
      return act();
    } finally {
      home.Promise = promise;
      home.process.getBuiltinModule = getBuiltinModule;
    }
  }

  readonly #fs = {
    open: (_: string, flags: string, done: Done) => void (this.opening = { flags, done }),
    read: (fd: number, ...rest: Move) => this.#move("read", fd, ...rest),
    write: (fd: number, ...rest: Move) => this.#move("write", fd, ...rest),
    fdatasync: (fd: number, done: Done) => this.#call(fd, { name: "sync", done }),
    ftruncate: (fd: number, size: number, done: Done) =>
      this.#call(fd, { name: "truncate", done, size }),
    fstat: (fd: number, done: Done) => this.#call(fd, { name: "size", done }),
    close: (fd: number) => void (this.closed += fd === FD ? 1 : 2),
  };

  #move(
    name: string,
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: Done,
  ): void {
    const part = bytes.subarray(offset, offset + length);
    if (part.length !== length) throw new Error("more is to be moved than there is room for");
    this.#call(fd, { name, done, move: { bytes: part, position } });
  }

  #call(fd: number, call: Call): void {
    if (fd !== FD) throw new Error(`${fd} is not its descriptor`);
    if (this.calls.has(this.#current)) throw new Error("the host was asked twice at once");
    this.calls.set(this.#current, call);
  }

  get file(): CoFile {
    if (this.#file === undefined) throw new Error("no file is open");
    return this.#file;
  }

  open(readOnly: boolean): string {
    const got = (file: CoFile): void => void (this.#file = file);
    this.#opener = new Caller(function* () {
      got(yield* CoFile.open("the file", readOnly ? { readOnly } : undefined));
      return "it is open";
    });
    return this.#opener.outcome ?? "waits";
  }

  /** The host answers, or fails: what comes of it for whoever opens. */
  answerOpening(error: unknown): string {
    const { opening } = this;
    this.opening = undefined;
    const said = this.#opener?.outcome;
    opening?.done(error, FD);
    return said === undefined ? this.#opener?.outcome ?? "waits" : "nobody";
  }

  cancelOpening(): string | undefined {
    this.#opener?.co.cancel();
    return this.#opener?.outcome;
  }

  /** What comes of a call before it waits. */
  begin(who: string, wait: () => Suspension<string>): string {
    this.#current = who;
    const caller = new Caller(wait);
    this.#callers.set(who, caller);
    return caller.outcome ?? "waits";
  }

  read(who: string, position: number, length: number): string {
    const into = new Uint8Array(length);
    this.#into.set(who, into);
    const { file, wordsOf } = this;
    return this.begin(who, function* () {
      const n = yield* file.readAt(position, into);
      return length === 0 ? "read nothing" : `read ${wordsOf(into.subarray(0, n)).join(" ")}`;
    });
  }

  write(who: string, position: number, length: number): string {
    const bytes = new Uint8Array(length).fill(who.charCodeAt(0));
    const { file } = this;
    return this.begin(who, function* () {
      yield* file.writeAt(position, bytes);
      return length === 0 ? "write nothing" : "written";
    });
  }

  readonly wordsOf = (bytes: Uint8Array): readonly string[] =>
    [...bytes].map((byte) => String.fromCharCode(byte));

  /** What was read for one, as far as the host has come. */
  gotOf(who: string, moved: number): readonly string[] {
    return this.wordsOf(this.#into.get(who)?.subarray(0, moved) ?? new Uint8Array());
  }

  /** The host has done something for one: what comes of it. */
  answer(who: string, act: (call: Call) => unknown, error: unknown): string {
    const call = this.calls.get(who);
    if (call === undefined) throw new Error("the host was not asked");
    this.calls.delete(who);
    this.#current = who;
    const caller = this.#callers.get(who);
    const said = caller?.outcome;
    call.done(error, act(call));
    return said === undefined ? caller?.outcome ?? "waits" : "nobody";
  }

  move({ move, name }: Call, count: number): number {
    if (move === undefined) throw new Error(`${name} moves nothing`);
    for (let i = 0; i < count; i++) {
      const at = move.position + i;
      if (name === "read") move.bytes[i] = this.content[at]?.charCodeAt(0) ?? 0;
      else {
        this.resize(Math.max(this.content.length, at + 1));
        this.content[at] = String.fromCharCode(move.bytes[i] ?? 0);
      }
    }
    return count;
  }

  resize(size: number): void {
    this.content.length = Math.min(size, this.content.length);
    while (this.content.length < size) this.content.push("-");
  }

  finish(call: Call): unknown {
    if (call.name === "truncate") this.resize(call.size ?? NaN);
    return call.name === "size" ? { size: this.content.length } : undefined;
  }

  cancel(who: string): string | undefined {
    const caller = this.#callers.get(who);
    caller?.co.cancel();
    return caller?.outcome;
  }

  misuse(call: Misuse["call"], given: Misuse["given"]): void {
    const { file } = this;
    const position = { "negative": -1, "half": 0.5, "too large": 2 ** 53, "no number": "1" };
    const at = (given === "no bytes" ? 0 : position[given]) as number;
    const bytes = (given === "no bytes" ? new ArrayBuffer(1) : new Uint8Array(1)) as Uint8Array;
    this.#refused(function* () {
      if (call === "truncate") yield* file.truncate(at);
      else yield* file[call](at, bytes);
      return "done";
    });
  }

  /** Opens a file where there is none to be had. */
  openNowhere(): void {
    this.#hasFiles = false;
    try {
      this.#refused(function* () {
        yield* CoFile.open("the file");
        return "done";
      });
    } finally {
      this.#hasFiles = true;
    }
  }

  /** Throws why it is refused. */
  #refused(wait: () => Suspension<string>): void {
    const { failure, outcome } = new Caller(wait);
    if (failure !== undefined) throw failure;
    throw new Error(`It has come to ${outcome}`);
  }

  waits(who: string): boolean {
    return this.#callers.get(who)?.co.status === "suspended";
  }

  /** What is wrong, if anything is. */
  get wrong(): string | undefined {
    if (this.closings > 1) return "it is closed twice";
    return this.closed > 1 ? "what is not to be closed is closed" : undefined;
  }
}

type Move = readonly [
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: Done,
];

interface Span {
  readonly who: string;
  readonly position: number;
  readonly length: number;
}

interface Named {
  readonly who: string;
}

interface Misuse {
  readonly call: "readAt" | "writeAt" | "truncate";
  readonly given: typeof WRONG[number];
}

type FileState = ReturnType<typeof coFile> extends Spec<infer T, infer _> ? View<T> : never;

/** What the host does for one, and where it stands with that. */
function viewOne(stage: Stage, s: FileState, who: string): void {
  const doing = s.doing.at(who);
  const call = stage.calls.get(who);
  if (call !== undefined) s.doing.set(who, call.name as typeof doing);
  else if (doing !== "close") s.doing.set(who, "nothing");
  const waits = doing !== "nothing" && !s.gone.at(who);
  if (stage.waits(who) !== waits) throw new Error(`${who} waits, or does not`);
  if (call?.move === undefined) {
    if (doing === "truncate") s.position.set(who, call?.size ?? 0);
    return;
  }
  const { position, bytes } = call.move;
  s.moved.set(who, s.length.at(who) - bytes.length);
  s.position.set(who, position - s.moved.at(who));
  if (doing === "read") s.got.at(who).assign(stage.gotOf(who, s.moved.at(who)));
}

const FLAGS: Readonly<Record<string, string>> = {
  "asked to read": "r",
  "asked to write": "r+",
  "asked to make": "ax+",
};

type FileSpec = ReturnType<typeof coFile>;

type Actions = FileSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>["actions"] : never;

/** The binding at a scope of the spec. */
export function coFileBinding(
  { coroutines }: { coroutines: number },
): FileSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  const actions: Actions = {
    open: (stage, { readOnly }: { readonly readOnly: boolean }) => stage.open(readOnly),
    openNowhere: (stage) => stage.openNowhere(),
    opened: (stage) => stage.answerOpening(null),
    notOpened: (stage, { why }: { readonly why: string }) => stage.answerOpening({ code: why }),
    cancelOpening: (stage) => stage.cancelOpening(),
    readAt: (stage, { who, position, length }: Span) => stage.read(who, position, length),
    writeAt: (stage, { who, position, length }: Span) => stage.write(who, position, length),
    sync: (stage, { who }: Named) =>
      stage.begin(who, function* () {
        yield* stage.file.sync();
        return "done";
      }),
    size: (stage, { who }: Named) =>
      stage.begin(who, function* () {
        return `${yield* stage.file.size()} bytes`;
      }),
    truncate: (stage, { who, size }: Named & { readonly size: number }) =>
      stage.begin(who, function* () {
        yield* stage.file.truncate(size);
        return "done";
      }),
    close: (stage, { who }: Named) =>
      stage.begin(who, function* () {
        yield* stage.file.close();
        return "it is closed";
      }),
    move: (stage, { who, count }: Named & { readonly count: number }) =>
      stage.answer(who, (call) => stage.move(call, count), null),
    finish: (stage, { who }: Named) => stage.answer(who, (call) => stage.finish(call), undefined),
    fail: (stage, { who }: Named) => stage.answer(who, () => undefined, new Rejected()),
    cancel: (stage, { who }: Named) => stage.cancel(who),
    misuse: (stage, { call, given }: Misuse) => stage.misuse(call, given),
  };
  return {
    create: () => new Stage(who),
    actions,
    view(stage, s) {
      const { wrong, opening, closed, awaited } = stage;
      if (wrong !== undefined) throw new Error(wrong);
      if (s.phase === "not wanted" ? opening === undefined : opening?.flags !== FLAGS[s.phase]) {
        throw new Error(`the host is asked to open it by ${opening?.flags}`);
      }
      if (closed !== (s.phase === "closed again" ? 1 : 0)) {
        throw new Error(`the host has closed it ${closed} times`);
      }
      s.content.assign(stage.content);
      s.awaited = awaited;
      for (const name of who) viewOne(stage, s, name);
    },
    play: (stage, next) => stage.within(() => playAll(actions, stage, next)),
    codeOf: (error) =>
      error instanceof CoroutineError
        ? error.code
        : error instanceof Error
        ? error.name
        : undefined,
  };
}

/** Calls from outside, one after the other. */
function playAll(actions: Actions, stage: Stage, next: Next): void {
  for (let call = next(); call !== undefined;) {
    let outcome: Outcome;
    try {
      // INVARIANT: there is one for every action of the spec.
      const act = actions[call.action as keyof Actions] as (
        stage: Stage,
        given: unknown,
      ) => unknown;
      outcome = { answer: act(stage, call.params) };
    } catch (error) {
      outcome = { threw: error };
    }
    call = next(outcome);
  }
}
