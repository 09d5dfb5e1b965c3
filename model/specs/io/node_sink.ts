/**
 * A stream of node's that bytes are written to: it takes them when it likes, and may fail, be destroyed, end and
 * close meanwhile.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** One that says what it has failed with, and one that says so by an event alone. */
const Kind = Schema.Literals(["new", "old"]);

/** What whoever writes was told, between writes too: that it has failed with an error, or was closed before its end. */
const How = Schema.Literals(["failed", "early"]);

// ------------------------------------------------------------------------------------ state

interface State {
  readonly kind: "new" | "old";
  /** Whether it had come to its end before anybody wrote to it: that is learned in another way. */
  readonly before: boolean;
  /** What has become of it. */
  errored: boolean;
  finished: boolean;
  destroyed: boolean;
  /** What whoever writes was told of that. */
  told: "failed" | "early" | null;
  /** Whether it has bytes that it has not taken. */
  pending: boolean;
}

/** What one is told of that has been destroyed. */
function reason(s: State): "failed" | "early" | null {
  if (s.errored && s.kind === "new") return "failed";
  return s.finished ? null : "early";
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "one that is destroyed has failed": (s: State) => !s.destroyed || s.errored,
  "whoever has written to one that fails is told by that": (s: State) => !s.pending || !s.errored,
};

// ------------------------------------------------------------------------------------- spec

/**
 * One stream, and whoever writes to it.
 *
 * @param scope How many bytes at a time; claims to add.
 */
export function nodeSink(
  { bytes = 3, always = {} }: {
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  return spec({
    name: "node_sink",
    state: Schema.Struct({
      kind: Kind,
      before: Schema.Boolean,
      errored: Schema.Boolean,
      finished: Schema.Boolean,
      destroyed: Schema.Boolean,
      told: Schema.NullOr(How),
      pending: Schema.Boolean,
    }),
    init: Kind.literals.flatMap((kind) =>
      // It may have ended, or failed, before anybody writes to it.
      [[], ["finished"], ["destroyed"], ["errored", "destroyed"], ["finished", "destroyed"]]
        .map((has) => {
          const state: State = {
            kind,
            before: has.includes("finished"),
            errored: has.includes("errored"),
            finished: has.includes("finished"),
            destroyed: has.includes("destroyed"),
            told: null,
            pending: false,
          };
          return { ...state, told: state.destroyed ? reason(state) : null };
        })
    ),
    actions: {
      push: {
        for: {},
        when: (s: State) => !s.pending,
        do: (s: State) => void (s.pending = true),
      },
      taken: {
        for: { failed: Schema.Boolean },
        when: (s: State) => s.pending,
        do: (s: State, { failed }: { readonly failed: boolean }) => {
          s.pending = false;
          return failed ? "failed" : `${bytes} bytes, copied`;
        },
      },
      // Whoever writes has come to the end: at any time, and more than once.
      end: {
        for: {},
        when: () => true,
        do: (s: State) => (s.destroyed ? reason(s) : null) ?? "it is told",
      },
      finish: {
        for: {},
        when: (s: State) => !s.finished && !s.errored && !s.destroyed,
        do: (s: State) => void (s.finished = true),
      },
      // Also at its end.
      fail: {
        for: {},
        when: (s: State) => !s.errored,
        do: (s: State) => {
          s.errored = true;
          s.told ??= "failed";
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
        do: (s: State) => void (s.told ??= reason(s)),
      },
    },
    always: {
      "one that says what it has failed with tells it": (s) =>
        !s.errored || s.kind === "old" || s.told !== null,
      ...always,
    },
    sometimes: {
      "one fails at its end": (s) => s.finished && s.told === "failed",
      "one has ended well": (s) => s.finished && s.destroyed && s.told === null,
    },
    ends: () => true,
  });
}
