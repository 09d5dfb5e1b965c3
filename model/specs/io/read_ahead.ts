/**
 * The room that a reader reads ahead into: where in it lies what has come, how much of it the host is given, when it is
 * made larger and when it is given back, whatever is taken while the host reads.
 *
 * One coroutine waits, and one watches. What they read is in `reading.ts`; those who wait for one another are in
 * `co_reader.ts`.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** So much the reader reads ahead, unless it is asked for more at once. */
export const SIZE = 1;
/** The room is never larger than that, for the counts that are below. */
const LARGEST = 10;
/** So much is waited for. */
const Count = Schema.Literals([0, 1, 2, 5]);

/** What the host answers that is no number of bytes, or is more of them than it has room for. */
export const WRONG = ["negative", "half", "too many", "a text", "a list"] as const;
const Wrong = Schema.Literals(WRONG);

const Waits = Schema.Literals(["nothing", "fill", "read"]);
const Broken = Schema.Literals(["no", "its wait failed", "TypeError"]);

// ------------------------------------------------------------------------------------ state

interface State {
  /** What is buffered lies from here … */
  start: number;
  /** … to here, … */
  end: number;
  /** … in so much room. */
  room: number;
  /** How much of that the host was given, to read into; 0 if it does not read. */
  asked: number;
  came: number;
  taken: number;
  waits: typeof Waits.Type;
  /** For how much it waits, or how much it reads at most: 0 is any number. */
  count: number;
  /** Whether somebody watches the reader. */
  watched: boolean;
  ended: boolean;
  broken: typeof Broken.Type;
  cancelled: boolean;
  /** Whether the reader is cancelled by its source, in the middle of the call by which that is read next. */
  trapped: boolean;
  /** Whether the host has answered with nothing: it is asked again in a later turn. */
  due: boolean;
  /** Whether what the host reads keeps the program from ending no more. */
  loose: boolean;
}

const bufferedIn = (s: State): number => s.end - s.start;
const isClosed = (s: State): boolean => s.ended || s.broken !== "no";
const isReady = (s: State): boolean => bufferedIn(s) > 0 || isClosed(s);
/** How much must be there for the wait to be over. */
const needOf = (waits: State["waits"], count: number): number => waits === "fill" ? count : 1;
const isThere = (s: State, waits: State["waits"], count: number): boolean =>
  bufferedIn(s) >= needOf(waits, count);

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "what is buffered lies where the room begins": (s: State) => s.start === 0 || s.start === s.end,
  "whoever waits has room for what it waits for": (s: State) =>
    s.waits === "nothing" || s.start + needOf(s.waits, s.count) <= s.room,
  "the room is never larger than usual where nothing is buffered": (s: State) =>
    s.start < s.end || s.room <= 4 * SIZE,
};

// ------------------------------------------------------------------------------------- spec

/** Makes room for so much in all; while the host reads, there is none to be made. */
function makeRoom(s: State, n: number): void {
  if (s.asked > 0 || (s.end < s.room && s.start + n <= s.room)) return;
  const buffered = bufferedIn(s);
  const need = Math.max(n, buffered + 1);
  if (need > s.room) s.room = Math.max(need, 2 * s.room);
  s.start = 0;
  s.end = buffered;
}

function cancel(s: State): void {
  s.cancelled = true;
  s.ended = true;
  s.start = s.end = s.room = 0;
}

/** Lets the host read, into room for so much in all. */
function pull(s: State, n: number): void {
  if (s.asked > 0 || isClosed(s)) return;
  makeRoom(s, n);
  s.due = false;
  s.asked = s.room - s.end;
  if (!s.trapped) return;
  s.trapped = false;
  s.loose = true;
  cancel(s);
  // Whoever waits finds the end.
  s.waits = "nothing";
  s.count = 0;
}

/** Takes so much, and says which that is: each is numbered. */
function take(s: State, n: number): string {
  let text = "";
  for (let i = 0; i < n; i++) text += ` ${s.taken + i + 1}`;
  s.taken += n;
  s.start += n;
  if (s.start === s.end && s.asked === 0) {
    s.start = s.end = 0;
    // Room that was made for more than usual is given back.
    if (s.room > 4 * SIZE) s.room = SIZE;
  }
  if (s.watched && !isReady(s)) pull(s, 1);
  return `bytes${text}`;
}

/** What a wait comes to; "waits" if it goes on. */
function read(s: State, waits: "fill" | "read", count: number): string {
  if (!isThere(s, waits, count) && !isClosed(s)) pull(s, needOf(waits, count));
  s.waits = "nothing";
  s.count = 0;
  if (isThere(s, waits, count)) {
    if (waits === "fill") return "there";
    const buffered = bufferedIn(s);
    return take(s, count === 0 ? buffered : Math.min(buffered, count));
  }
  if (s.broken !== "no") return s.broken;
  if (s.ended) return "end";
  s.waits = waits;
  s.count = count;
  return "waits";
}

/** Something has come: whoever waits looks again, then whoever watches is told. */
function changed(s: State): string {
  const said = s.waits === "nothing" ? "nobody" : read(s, s.waits, s.count);
  if (s.watched && !isReady(s)) pull(s, 1);
  return s.watched ? `${said}, and it is told` : said;
}

/**
 * A reader, and so many bytes that come.
 *
 * @param scope How many; which claims.
 */
export function readAhead(
  { bytes = 3, always = {} }: {
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  type Counted = { readonly count: number };
  type Coming = { readonly count: number; readonly own: boolean };
  const waitsNot = (s: State): boolean => s.waits === "nothing";
  /** The host has answered, whatever it is. */
  const answered = (s: State): void => {
    s.asked = 0;
    s.loose = false;
  };
  const breaks = (s: State, how: "its wait failed" | "TypeError"): string => {
    if (s.cancelled) return "nobody";
    if (s.broken === "no") s.broken = how;
    return changed(s);
  };
  const buffered = (s: State, { count }: Counted): boolean => count <= bufferedIn(s);

  return spec({
    name: "read_ahead",
    state: Schema.Struct({
      start: Int(0, LARGEST),
      end: Int(0, LARGEST),
      room: Int(0, LARGEST),
      asked: Int(0, LARGEST),
      came: Int(0, bytes),
      taken: Int(0, bytes),
      waits: Waits,
      count: Int(0, 5),
      watched: Schema.Boolean,
      ended: Schema.Boolean,
      broken: Broken,
      cancelled: Schema.Boolean,
      trapped: Schema.Boolean,
      due: Schema.Boolean,
      loose: Schema.Boolean,
    }),
    init: [{
      start: 0,
      end: 0,
      room: SIZE,
      asked: 0,
      came: 0,
      taken: 0,
      waits: "nothing",
      count: 0,
      watched: false,
      ended: false,
      broken: "no",
      cancelled: false,
      trapped: false,
      due: false,
      loose: false,
    }],
    actions: {
      fill: {
        for: { count: Count },
        when: (s: State, _: Counted) => waitsNot(s),
        do: (s: State, { count }: Counted) => read(s, "fill", count),
      },
      read: {
        for: { most: Int(0, 2) },
        when: (s: State, _: { readonly most: number }) => waitsNot(s),
        do: (s: State, { most }: { readonly most: number }) => read(s, "read", most),
      },
      peek: {
        for: { count: Int(0, 3) },
        when: buffered,
        do: (s: State, { count }: Counted) => {
          let text = "bytes";
          for (let i = 0; i < count; i++) text += ` ${s.taken + i + 1}`;
          return text;
        },
        refuse: (s: State, given: Counted) => buffered(s, given) ? undefined : "RangeError",
      },
      // Anybody may, while one waits and while the host reads.
      skip: {
        for: { count: Int(0, 3) },
        when: buffered,
        do: (s: State, { count }: Counted) => void take(s, count),
        refuse: (s: State, given: Counted) => buffered(s, given) ? undefined : "RangeError",
      },
      giveUp: {
        for: {},
        when: (s: State) => !waitsNot(s),
        do: (s: State) => {
          s.waits = "nothing";
          s.count = 0;
          return "cancelled";
        },
      },
      watch: {
        for: {},
        when: (s: State) => !s.watched,
        do: (s: State) => {
          s.watched = true;
          if (!isReady(s)) pull(s, 1);
        },
      },
      unwatch: {
        for: {},
        when: (s: State) => s.watched,
        do: (s: State) => void (s.watched = false),
      },
      // Into the room that the host was given, or as a chunk of its own, which may be larger than that.
      arrive: {
        for: { count: Int(1, 2), own: Schema.Boolean },
        when: (s: State, { count, own }: Coming) =>
          s.asked > 0 && s.came + count <= bytes && (own || count <= s.asked),
        do: (s: State, { count, own }: Coming) => {
          answered(s);
          if (s.cancelled) return "nobody";
          if (own) makeRoom(s, bufferedIn(s) + count);
          s.end += count;
          s.came += count;
          return changed(s);
        },
      },
      arriveNothing: {
        for: { own: Schema.Boolean },
        when: (s: State, _: { readonly own: boolean }) => s.asked > 0,
        do: (s: State, { own }: { readonly own: boolean }) => {
          answered(s);
          if (s.cancelled) return;
          if (own) makeRoom(s, bufferedIn(s));
          // The host has its turn first.
          s.due = true;
        },
      },
      arriveWrong: {
        for: { what: Wrong },
        when: (s: State, _: { readonly what: string }) => s.asked > 0,
        do: (s: State, _: { readonly what: string }) => {
          answered(s);
          return breaks(s, "TypeError");
        },
      },
      end: {
        for: {},
        when: (s: State) => s.asked > 0,
        do: (s: State) => {
          answered(s);
          if (s.cancelled) return "nobody";
          s.ended = true;
          return changed(s);
        },
      },
      fail: {
        for: {},
        when: (s: State) => s.asked > 0,
        do: (s: State) => {
          answered(s);
          return breaks(s, "its wait failed");
        },
      },
      // By itself, at any time.
      breakDown: {
        for: {},
        when: () => true,
        do: (s: State) => breaks(s, "its wait failed"),
      },
      cancelReader: {
        for: {},
        when: () => true,
        do: (s: State) => {
          if (s.cancelled) return "nobody";
          cancel(s);
          s.loose = s.asked > 0;
          return changed(s);
        },
      },
      trap: {
        for: {},
        when: (s: State) => !s.trapped && s.asked === 0 && !isClosed(s),
        do: (s: State) => void (s.trapped = true),
      },
    },
    always: {
      "no byte is lost of those that came": (s) =>
        s.cancelled || s.came === s.taken + bufferedIn(s),
      "what the host reads comes behind what is buffered": (s) =>
        s.asked === 0 || s.cancelled || s.end + s.asked === s.room,
      "nobody waits for what was read ahead": (s) =>
        s.waits === "nothing" || !isThere(s, s.waits, s.count),
      "nobody waits when no more will come": (s) => s.waits === "nothing" || !isClosed(s),
      "as long as somebody waits, the host reads, or will": (s) =>
        s.waits === "nothing" || s.asked > 0 || s.due,
      "as long as somebody watches and nothing is there, the host reads, or will": (s) =>
        !s.watched || isReady(s) || s.asked > 0 || s.due,
      ...always,
    },
    sometimes: {
      "bytes are taken while the host reads": (s) => s.asked > 0 && s.start > 0,
      "room is made for more than is read ahead": (s) => s.room > SIZE && s.waits !== "nothing",
      "it was cancelled as the host was asked to read": (s) => s.cancelled && s.loose,
    },
    ends: (s) => isClosed(s),
  });
}
