/**
 * Whether a context knows of those who wait there for what comes by itself, and whether the host is waited for: a
 * context that runs ends when nobody does any more.
 *
 * Each waits by one of many kinds of waits, in one of two contexts, until that ends, or it is cancelled.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------- constants

/** How many times a wait counts, and whether the host must do something for it to end. */
interface Counted {
  readonly times: 0 | 1 | 2;
  readonly host: boolean;
}

const BY_ITSELF: Counted = { times: 1, host: false };
const BY_HOST: Counted = { times: 1, host: true };
const AT_ONCE: Counted = { times: 0, host: false };
/** Somebody must act, who may never do so. */
const BY_OTHERS: Counted = AT_ONCE;

/** The kinds of waits. */
export const WAITS = {
  "sleep": BY_ITSELF,
  "CoSleep.sleep": BY_ITSELF,
  "until": BY_HOST,
  "until, at once": AT_ONCE,
  "readable": BY_HOST,
  "CoReader.fill": BY_HOST,
  "CoReader.fill, at once": AT_ONCE,
  "CoWriter.flush": BY_HOST,
  "CoWriter.flush, at once": AT_ONCE,
  "CoMutex.lock": BY_OTHERS,
  "CoMutex.lock, for a while": BY_ITSELF,
  "CoMutex.lock, for a while, and it comes": BY_ITSELF,
  "CoMutex.lock, with a signal": BY_HOST,
  "readable, for a while": { times: 2, host: true },
  "withTimeout": BY_ITSELF,
  "withTimeout, in time": BY_ITSELF,
} as const satisfies Readonly<Record<string, Counted>>;
export type Kind = keyof typeof WAITS;
const Kind = Schema.Literals(Object.keys(WAITS) as Kind[]);

const Context = Schema.Literals(["main", "other"]);
type Context = "main" | "other";

// ------------------------------------------------------------------------------------ state

interface State {
  /** How each waits; null if not at all. */
  readonly waits: TableView<string, Kind | null>;
  /** Where. */
  readonly home: TableView<string, Context | null>;
  /** Of how many waits a context knows. */
  readonly known: TableView<string, number>;
  /** How many wait for the host. */
  ofHost: number;
  /** Whether the other context was closed. */
  closed: boolean;
}

// ------------------------------------------------------------------------------------ steps

/** One more wait, or one less. */
function count(s: State, kind: Kind, home: Context, by: 1 | -1): void {
  const { times, host } = WAITS[kind];
  s.known.set(home, s.known.at(home) + by * times);
  if (host) s.ofHost += by;
}

function ends(s: State, who: string): void {
  const [kind, home] = [s.waits.at(who), s.home.at(who)];
  if (kind !== null && home !== null) count(s, kind, home, -1);
  s.waits.set(who, null);
  s.home.set(who, null);
}

// ----------------------------------------------------------------------------------- claims

/** What those count who wait there. */
function waitsIn(s: State, home: string): number {
  let sum = 0;
  for (const who of s.waits.keys()) {
    const kind = s.waits.at(who);
    if (kind !== null && s.home.at(who) === home) sum += WAITS[kind].times;
  }
  return sum;
}

function isOfHost(kind: Kind | null): boolean {
  return kind !== null && WAITS[kind].host;
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits is known": (s: State) =>
    s.waits.every((kind) => kind === null) || s.known.some((known) => known > 0),
  "nobody waits in a context that was closed": (s: State) =>
    !s.closed || s.home.every((home) => home !== "other"),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` that wait, one after the other.
 *
 * @param scope How many; claims to add.
 */
export function awaited(
  { coroutines: n = 1, always = {} }: {
    coroutines?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(n));
  type One = { readonly who: string };
  type Begins = One & { readonly kind: Kind; readonly home: Context };
  return spec({
    name: "awaited",
    state: Schema.Struct({
      waits: Table(Who, Schema.NullOr(Kind)),
      home: Table(Who, Schema.NullOr(Context)),
      known: Table(Context, Int(0, 2 * n)),
      ofHost: Int(0, n),
      closed: Schema.Boolean,
    }),
    init: [{
      waits: fill(Who, null),
      home: fill(Who, null),
      known: fill(Context, 0),
      ofHost: 0,
      closed: false,
    }],
    actions: {
      begin: {
        for: { who: Who, kind: Kind, home: Context },
        when: (s: State, { who, home }: Begins) =>
          s.waits.at(who) === null && !(home === "other" && s.closed),
        do: (s: State, { who, kind, home }: Begins) => {
          s.waits.set(who, kind);
          s.home.set(who, home);
          count(s, kind, home, 1);
          if (kind.endsWith("at once")) ends(s, who);
        },
      },
      end: {
        for: { who: Who },
        when: (s: State, { who }: One) => s.waits.at(who) !== null,
        do: (s: State, { who }: One) => ends(s, who),
      },
      cancel: {
        for: { who: Who },
        when: (s: State, { who }: One) => s.waits.at(who) !== null,
        do: (s: State, { who }: One) => ends(s, who),
      },
      close: {
        for: {},
        when: (s: State) => !s.closed,
        do: (s: State) => {
          s.closed = true;
        },
      },
    },
    always: {
      "a context knows of each wait there that ends by itself": (s) =>
        s.known.every((known, home) => known === waitsIn(s, home)),
      "the host is waited for as long as somebody waits for it": (s) =>
        s.ofHost === s.waits.count(isOfHost),
      ...always,
    },
  });
}
