/**
 * A file that coroutines read and write at once, each at its place: the host moves as many bytes at a time as it likes,
 * it may fail, whoever waits may be cancelled, and somebody closes the file meanwhile.
 *
 * What becomes of a file when the host has closed it, or has made one that was not there, is not told here: there the
 * code waits for promises of its own.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------- constants

/** Opened by whom: not; asked of the host; wanted no more, as whoever opens it was cancelled; and then. */
const PHASES = [
  "not open",
  "asked to read",
  "asked to write",
  "asked to make",
  "not wanted",
  "closed again",
  "open",
  "closing",
] as const;
const Phase = Schema.Literals(PHASES);

const Doing = Schema.Literals([
  "nothing",
  "read",
  "write",
  "sync",
  "size",
  "truncate",
  "close",
]);
type Doing = typeof Doing.Type;

/** Whose byte it is; "-" is nobody's, as the file has grown beyond what it had. */
const bytesOf = (who: readonly string[]) => Schema.Literals(["-", ...who]);

/** What is no place. */
export const WRONG = ["negative", "half", "too large", "no number", "no bytes"] as const;

// ------------------------------------------------------------------------------------ state

interface State {
  phase: typeof PHASES[number];
  /** What is in the file. */
  readonly content: SeqView<string>;
  /** What the host does for each. */
  readonly doing: TableView<string, Doing>;
  /** Where it has begun, or the size that it is to have. */
  readonly position: TableView<string, number>;
  /** How many bytes in all. */
  readonly length: TableView<string, number>;
  /** How many of them were moved. */
  readonly moved: TableView<string, number>;
  /** What was read of them. */
  readonly got: TableView<string, SeqView<string>>;
  /** Whether it was cancelled: what the host does goes on. */
  readonly gone: TableView<string, boolean>;
  /** For how many calls of the host's the one waits that closes the file. */
  awaited: number;
}

/** Whether the host does something for one. */
const isUnderWay = (s: State, who: string): boolean =>
  s.doing.at(who) !== "nothing" && s.doing.at(who) !== "close";

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody reads while another one writes": (s: State) =>
    s.doing.count((doing) => doing === "read") === 0 ||
    s.doing.count((doing) => doing === "write") === 0,
  "nothing is under way in a file that is being closed": (s: State) =>
    s.phase !== "closing" || s.doing.every((_, who) => !isUnderWay(s, who)),
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many coroutines: the first one reads and writes, the others write at the end, and do what is done to all of the
 * file.
 *
 * @param scope How many; how long the file may be; which claims.
 */
export function coFile(
  { coroutines: n = 2, bytes = 2, always = {} }: {
    coroutines?: number;
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const who = names(n);
  const Who = Schema.Literals(who);
  const Byte = bytesOf(who);
  const [first] = who;
  type Named = { readonly who: string };
  type Span = { readonly who: string; readonly position: number; readonly length: number };
  const isIdle = (s: State, who: string): boolean =>
    (s.phase === "open" || s.phase === "closing") && s.doing.at(who) === "nothing";
  const rest = (s: State, who: string): void => {
    s.doing.set(who, "nothing");
    s.position.set(who, 0);
    s.length.set(who, 0);
    s.moved.set(who, 0);
    s.got.at(who).clear();
    s.gone.set(who, false);
  };
  /** What one is told; if it was cancelled, nobody is. */
  const over = (s: State, who: string, said: string): string => {
    const { gone } = s;
    const isGone = gone.at(who);
    rest(s, who);
    return isGone ? "nobody" : said;
  };
  const begin = (s: State, who: string, doing: Doing, position = 0, length = 0): string => {
    if (s.phase === "closing" && doing !== "close") return "closed";
    if ((doing === "read" || doing === "write") && length === 0) return `${doing} nothing`;
    s.doing.set(who, doing);
    s.position.set(who, position);
    s.length.set(who, length);
    return "waits";
  };
  const resize = (s: State, size: number): void => {
    while (s.content.length > size) s.content.removeAt(s.content.length - 1);
    while (s.content.length < size) s.content.push("-");
  };
  const doesRest = (who: string): boolean => n === 1 || who !== first;

  return spec({
    name: "co_file",
    state: Schema.Struct({
      phase: Phase,
      content: Seq(Byte, bytes),
      doing: Table(Who, Doing),
      position: Table(Who, Int(0, bytes)),
      length: Table(Who, Int(0, bytes)),
      moved: Table(Who, Int(0, bytes)),
      got: Table(Who, Seq(Byte, bytes)),
      gone: Table(Who, Schema.Boolean),
      awaited: Int(0, n),
    }),
    init: [{
      phase: "not open",
      content: [],
      doing: fill(Who, "nothing"),
      position: fill(Who, 0),
      length: fill(Who, 0),
      moved: fill(Who, 0),
      got: fill(Who, []),
      gone: fill(Who, false),
      awaited: 0,
    }],
    actions: {
      open: {
        for: { readOnly: Schema.Boolean },
        when: (s: State, _: { readonly readOnly: boolean }) => s.phase === "not open",
        do: (s: State, { readOnly }: { readonly readOnly: boolean }) => {
          s.phase = readOnly ? "asked to read" : "asked to write";
          return "waits";
        },
      },
      openNowhere: {
        for: {},
        when: () => false,
        do: () => {},
        // Where the host has no files.
        refuse: (s: State) => s.phase === "not open" ? "unsupported" : undefined,
      },
      opened: {
        for: {},
        when: (s: State) =>
          s.phase === "asked to read" || s.phase === "asked to write" || s.phase === "not wanted",
        do: (s: State) => {
          const wanted = s.phase !== "not wanted";
          s.phase = wanted ? "open" : "closed again";
          return wanted ? "it is open" : "nobody";
        },
      },
      notOpened: {
        for: { why: Schema.Literals(["ENOENT", "EACCES"]) },
        when: (s: State, _: { readonly why: string }) =>
          s.phase === "asked to read" || s.phase === "asked to write",
        do: (s: State, { why }: { readonly why: string }) => {
          const makes = s.phase === "asked to write" && why === "ENOENT";
          s.phase = makes ? "asked to make" : "not open";
          return makes ? "waits" : why;
        },
      },
      cancelOpening: {
        for: {},
        when: (s: State) => s.phase === "asked to read" || s.phase === "asked to write",
        do: (s: State) => {
          s.phase = "not wanted";
          return "cancelled";
        },
      },
      readAt: {
        for: { who: Who, position: Int(0, bytes - 1), length: Int(0, bytes) },
        when: (s: State, { who }: Span) => who === first && isIdle(s, who),
        do: (s: State, { who, position, length }: Span) => begin(s, who, "read", position, length),
      },
      writeAt: {
        for: { who: Who, position: Int(0, bytes - 1), length: Int(0, bytes) },
        when: (s: State, { who, position, length }: Span) =>
          isIdle(s, who) && position + length <= bytes &&
          (who === first || (position === bytes - 1 && length === 1)),
        do: (s: State, { who, position, length }: Span) => begin(s, who, "write", position, length),
      },
      sync: {
        for: { who: Who },
        when: (s: State, { who }: Named) => doesRest(who) && isIdle(s, who),
        do: (s: State, { who }: Named) => begin(s, who, "sync"),
      },
      size: {
        for: { who: Who },
        when: (s: State, { who }: Named) => doesRest(who) && isIdle(s, who),
        do: (s: State, { who }: Named) => begin(s, who, "size"),
      },
      truncate: {
        for: { who: Who, size: Int(0, bytes) },
        when: (s: State, { who, size }: Named & { readonly size: number }) =>
          doesRest(who) && isIdle(s, who) && size !== 1,
        do: (s: State, { who, size }: Named & { readonly size: number }) =>
          begin(s, who, "truncate", size),
      },
      close: {
        for: { who: Who },
        when: (s: State, { who }: Named) => isIdle(s, who),
        do: (s: State, { who }: Named) => {
          if (s.phase === "open") s.awaited = s.doing.count((_, other) => isUnderWay(s, other));
          s.phase = "closing";
          return begin(s, who, "close");
        },
      },
      // The host has moved so many of the bytes that are left: none at the end of the file. One that writes none is wrong.
      move: {
        for: { who: Who, count: Int(0, bytes) },
        when: (s: State, { who, count }: Named & { readonly count: number }) => {
          if (count > s.length.at(who) - s.moved.at(who)) return false;
          const from = s.position.at(who) + s.moved.at(who);
          if (s.doing.at(who) === "read") return count <= Math.max(0, s.content.length - from);
          return s.doing.at(who) === "write";
        },
        do: (s: State, { who, count }: Named & { readonly count: number }) => {
          const { content } = s;
          const writes = s.doing.at(who) === "write";
          for (let i = 0; i < count; i++) {
            const at = s.position.at(who) + s.moved.at(who);
            if (!writes) s.got.at(who).push(content.at(at));
            else {
              if (content.length <= at) resize(s, at + 1);
              content.set(at, who);
            }
            s.moved.set(who, s.moved.at(who) + 1);
          }
          if (writes && count === 0) return over(s, who, "TypeError");
          if (count === 0 || s.moved.at(who) === s.length.at(who)) {
            return over(s, who, writes ? "written" : `read ${[...s.got.at(who)].join(" ")}`);
          }
          if (s.gone.at(who)) return over(s, who, "nobody");
          return s.phase === "closing" ? over(s, who, "closed") : "waits";
        },
      },
      // The host has done what it was asked for that is no read or write.
      finish: {
        for: { who: Who },
        when: (s: State, { who }: Named) =>
          s.doing.at(who) === "sync" || s.doing.at(who) === "size" ||
          s.doing.at(who) === "truncate",
        do: (s: State, { who }: Named) => {
          const doing = s.doing.at(who);
          if (doing === "truncate") resize(s, s.position.at(who));
          return over(s, who, doing === "size" ? `${s.content.length} bytes` : "done");
        },
      },
      fail: {
        for: { who: Who },
        when: (s: State, { who }: Named) => isUnderWay(s, who),
        do: (s: State, { who }: Named) => over(s, who, "its wait failed"),
      },
      cancel: {
        for: { who: Who },
        when: (s: State, { who }: Named) => s.doing.at(who) !== "nothing" && !s.gone.at(who),
        do: (s: State, { who }: Named) => {
          if (s.doing.at(who) === "close") rest(s, who);
          else s.gone.set(who, true);
          return "cancelled";
        },
      },
      misuse: {
        for: {
          call: Schema.Literals(["readAt", "writeAt", "truncate"]),
          given: Schema.Literals(WRONG),
        },
        when: (_: State, __: { readonly call: string; readonly given: string }) => false,
        do: () => {},
        refuse: (
          s: State,
          { call, given }: { readonly call: string; readonly given: string },
        ) => {
          // Once is enough.
          const isNew = s.phase === "open" && s.doing.every((doing) => doing === "nothing");
          if (!isNew || (call === "truncate" && given === "no bytes")) return undefined;
          return given === "no bytes" ? "TypeError" : "RangeError";
        },
      },
    },
    always: {
      "nobody has moved more than it was asked for": (s) =>
        s.moved.every((moved, who) => moved <= s.length.at(who)),
      "whoever closes the file waits for all that is under way": (s) =>
        s.phase !== "closing" || s.doing.count((_, who) => isUnderWay(s, who)) <= s.awaited,
      "nothing is done in a file that is not open": (s) =>
        s.phase === "open" || s.phase === "closing" ||
        s.doing.every((doing) => doing === "nothing"),
      ...always,
    },
    sometimes: {
      "two write at once": (s) => s.doing.count((doing) => doing === "write") === Math.min(n, 2),
      "it is closed while one reads": (s) =>
        s.phase === "closing" && s.doing.some((doing) => doing === "read"),
      "one is cancelled, and what the host does for it goes on": (s) => s.gone.some((gone) => gone),
    },
    ends: () => true,
  });
}
