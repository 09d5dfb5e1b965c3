/**
 * A stream of node's that bytes are read from: it ends, fails, is destroyed and closes when it likes, in any order,
 * and each read is told of bytes, of the end or of a failure, once.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** One that says what has become of it, one that says nothing, and one that is written to as well. */
const Kind = Schema.Literals(["new", "old", "duplex"]);
type Kind = "new" | "old" | "duplex";

/** How one is over, as whoever reads knows it: ended, failed with an error, or closed before its end. */
const How = Schema.Literals(["ended", "failed", "early"]);
type How = "ended" | "failed" | "early";

// ------------------------------------------------------------------------------------ state

interface State {
  readonly kind: Kind;
  /** How much it has read ahead. */
  chunks: number;
  /** What has become of it. */
  errored: boolean;
  ended: boolean;
  destroyed: boolean;
  /** Whether whoever writes to it has come to an end. */
  finished: boolean;
  /** What whoever reads knows of that. */
  over: How | null;
  /** Whether it is asked to say when there is more. */
  asked: boolean;
  /** Whether a read waits. */
  pending: boolean;
  /** Whether whoever reads was told of a failure, between reads too. */
  told: How | null;
  cancelled: boolean;
}

// ------------------------------------------------------------------------------------ steps

/** What can be seen of it, without an event. */
function seen(s: State): How | null {
  if (s.kind === "old") return null;
  if (s.errored) return "failed";
  if (s.ended) return "ended";
  return s.destroyed ? "early" : null;
}

/** Looks whether the read that waits is over. Answers what it comes to. */
function look(s: State): string | undefined {
  if (!s.pending) return undefined;
  if (s.chunks > 0 && (!s.destroyed || s.kind === "old")) {
    s.chunks--;
    s.pending = false;
    return "bytes";
  }
  s.over ??= seen(s);
  if (s.over === null) return undefined;
  s.pending = false;
  return s.over;
}

/** Whoever reads is told by an event. */
function learn(s: State, how: How): string | undefined {
  if (s.cancelled) return undefined;
  s.over ??= how;
  if (how !== "ended") s.told ??= how;
  return look(s);
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "what has failed has not ended": (s: State) => !s.errored || !s.ended,
  "nobody waits for one that is destroyed": (s: State) => !s.pending || !s.destroyed,
};

// ------------------------------------------------------------------------------------- spec

/**
 * One stream, and whoever reads from it.
 *
 * @param scope How much it reads ahead at most; claims to add.
 */
export function nodeStream(
  { chunks = 1, always = {} }: {
    chunks?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  /** It may do more, by its own rules. */
  const lives = (s: State): boolean => !s.errored && !s.ended && !s.destroyed;
  return spec({
    name: "node_stream",
    state: Schema.Struct({
      kind: Kind,
      chunks: Int(0, chunks),
      errored: Schema.Boolean,
      ended: Schema.Boolean,
      destroyed: Schema.Boolean,
      finished: Schema.Boolean,
      over: Schema.NullOr(How),
      asked: Schema.Boolean,
      pending: Schema.Boolean,
      told: Schema.NullOr(How),
      cancelled: Schema.Boolean,
    }),
    init: Kind.literals.flatMap((kind) =>
      // One may have come to its end, or failed, before anybody reads from it.
      [[], ["ended"], ["errored"], ["destroyed"]].map((has) => {
        const [ended, errored, destroyed] = ["ended", "errored", "destroyed"]
          .map((what) => has.includes(what)) as [boolean, boolean, boolean];
        const visible = kind !== "old";
        return {
          kind,
          chunks: 0,
          errored,
          ended,
          destroyed,
          finished: kind !== "duplex",
          over: !visible
            ? null
            : errored
            ? "failed" as const
            : ended
            ? "ended" as const
            : destroyed
            ? "early" as const
            : null,
          asked: false,
          pending: false,
          told: !visible ? null : errored ? "failed" as const : destroyed ? "early" as const : null,
          cancelled: false,
        };
      })
    ),
    actions: {
      arrive: {
        for: {},
        when: (s: State) => lives(s) && s.chunks < chunks,
        do: (s: State) => {
          s.chunks++;
          return s.asked ? look(s) : undefined;
        },
      },
      end: {
        for: {},
        // It says so when all was read.
        when: (s: State) => lives(s) && s.chunks === 0,
        do: (s: State) => {
          s.ended = true;
          return learn(s, "ended");
        },
      },
      // After its end, too; and it may be destroyed by that or not.
      fail: {
        for: { destroyed: Schema.Boolean },
        when: (s: State) => !s.errored && !s.destroyed,
        do: (s: State, { destroyed }: { readonly destroyed: boolean }) => {
          s.errored = true;
          s.destroyed = destroyed;
          // Where nobody listens node ends the program: whoever writes to it must be told.
          if (s.cancelled) return "unheard";
          return learn(s, "failed");
        },
      },
      // Before anybody is told.
      destroy: {
        for: {},
        when: (s: State) => !s.destroyed,
        do: (s: State) => void (s.destroyed = true),
      },
      close: {
        for: {},
        when: (s: State) => s.destroyed,
        do: (s: State) => learn(s, seen(s) ?? "early"),
      },
      finish: {
        for: {},
        when: (s: State) => !s.finished && !s.destroyed,
        do: (s: State) => {
          s.finished = true;
          if (s.cancelled) s.destroyed = true;
        },
      },
      pull: {
        for: {},
        when: (s: State) => !s.pending && !s.cancelled,
        do: (s: State) => {
          if (s.over === null) s.asked = true;
          s.pending = true;
          return look(s);
        },
      },
      cancel: {
        for: {},
        when: (s: State) => !s.cancelled,
        do: (s: State) => {
          const answer = learn(s, "ended");
          s.cancelled = true;
          s.asked = false;
          // As long as somebody writes to its other side, it is needed.
          if (s.finished) s.destroyed = true;
          return answer;
        },
      },
    },
    always: {
      "nobody waits for one that is known to be over": (s) => !s.pending || s.over === null,
      "whoever waits will be told when there is more": (s) => !s.pending || s.asked,
      "nobody waits for what is there": (s) => !s.pending || s.chunks === 0 || s.destroyed,
      "a failure is told": (s) => !s.errored || s.kind === "old" || s.cancelled || s.told !== null,
      "whoever has cancelled asks for nothing": (s) => !s.cancelled || !s.asked,
      ...always,
    },
    sometimes: {
      "one fails that has ended": (s) => s.errored && s.over === "ended",
      "what it has read ahead is lost": (s) => s.destroyed && s.chunks > 0,
    },
    ends: () => true,
  });
}
