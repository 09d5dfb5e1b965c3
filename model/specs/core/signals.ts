/**
 * Those who listen to one abort signal: each is told once, in the order in which they came, whatever the others do
 * then; and the signal has one listener of ours as long as anybody listens, however many there are.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import { names } from "./_names.ts";

// ------------------------------------------------------------------------------- constants

/** What a listener does when it is told: no more, or it fails, or lets all others leave. */
const Does = Schema.Literals(["hears", "fails", "frees"]);
type Does = "hears" | "fails" | "frees";

/** The host's own; or one of somebody's own making, that fails where it is left, or asked why. */
const Kind = Schema.Literals(["plain", "cannot be left", "has no reason"]);
type Kind = "plain" | "cannot be left" | "has no reason";

// ------------------------------------------------------------------------------------ state

interface State {
  readonly kind: Kind;
  /** Who listens, in order. */
  readonly listeners: SeqView<string>;
  readonly does: TableView<string, Does>;
  /** Whether the signal has a listener of ours. */
  heard: boolean;
  aborted: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "a signal that nobody listens to has no listener": (s: State) =>
    s.listeners.length > 0 || !s.heard,
  "somebody listens until it is aborted": (s: State) => s.aborted || s.listeners.length > 0,
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many listeners, and one signal.
 *
 * @param scope How many; which claims.
 */
export function signals(
  { listeners: n = 3, always = {} }: {
    listeners?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const who = names(n);
  const Who = Schema.Literals(who);
  /** Nobody listens any more. Answers what the host is told. */
  const leave = (s: State): string[] => {
    if (s.kind === "cannot be left") return ["it cannot be left"];
    s.heard = false;
    return [];
  };
  const remove = (s: State, who: string): string[] => {
    const at = s.listeners.indexOf(who);
    if (at < 0) return [];
    s.listeners.removeAt(at);
    return s.listeners.length === 0 ? leave(s) : [];
  };
  type One = { readonly who: string };
  type OneDoes = One & { readonly does: Does };

  return spec({
    name: "signals",
    state: Schema.Struct({
      kind: Kind,
      listeners: Seq(Who, n),
      does: Table(Who, Does),
      heard: Schema.Boolean,
      aborted: Schema.Boolean,
    }),
    init: Kind.literals.map((kind) => ({
      kind,
      listeners: [],
      does: fill(Who, "hears" as const),
      heard: false,
      aborted: false,
    })),
    actions: {
      listen: {
        for: { who: Who, does: Does },
        // Whoever would listen to one that was aborted looks first.
        when: (s: State, _: OneDoes) => !s.aborted,
        do: (s: State, { who, does }: OneDoes) => {
          s.does.set(who, does);
          s.heard = true;
          // Twice is once.
          if (!s.listeners.includes(who)) s.listeners.push(who);
        },
      },
      unlisten: {
        for: { who: Who },
        // Also one that does not listen, or was told.
        when: () => true,
        do: (s: State, { who }: One) => remove(s, who).join(", "),
      },
      // Somebody dispatches its event, and it is not aborted.
      dispatch: {
        for: {},
        when: (s: State) => !s.aborted,
        do: () => "",
      },
      abort: {
        for: {},
        when: (s: State) => !s.aborted,
        do: (s: State) => {
          s.aborted = true;
          if (!s.heard) return "";
          const reason = s.kind === "has no reason" ? "unknown" : "why";
          const told: string[] = [];
          const reported = leave(s);
          const failed: string[] = [];
          while (s.listeners.length > 0) {
            const me = s.listeners.shift();
            told.push(`${me} hears ${reason}`);
            if (s.does.at(me) === "fails") failed.push(me);
            if (s.does.at(me) !== "frees") continue;
            for (const other of who) reported.push(...remove(s, other));
          }
          // The host reports what it is thrown: the first one.
          const [first, ...others] = failed;
          reported.push(...others);
          const thrown = first === undefined ? [] : [`throws ${first}`];
          return [...told, ...reported, ...thrown].join(", ");
        },
      },
    },
    always: {
      "whoever listens will be told": (s) => s.listeners.length === 0 || s.heard,
      "who was told listens no more": (s) => !s.aborted || s.listeners.length === 0,
      "a signal that can be left has no listener of ours when nobody listens": (s) =>
        s.kind === "cannot be left" || s.listeners.length > 0 || !s.heard,
      ...always,
    },
    sometimes: {
      "all listen": (s) => s.listeners.length === n,
      "one that cannot be left is heard by nobody": (s) => s.heard && s.listeners.length === 0,
    },
    ends: (s) => s.aborted,
  });
}
