/**
 * Handlers of sources, in one context or in two: called in each round in which their source is ready;
 * set and removed at any time, by themselves, too, and while others run. Sources are events, which tell
 * those who watch them when they are set, and descriptors, of which the host tells: by one call that
 * waits for all of them.
 *
 * Whoever has control is the code outside all rounds, or the handler that runs in the innermost one.
 * Between the moment when the host finds something and the one when it tells, others may act.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import { contextNames, isDescriptor, sourceNames } from "./_sources.ts";

// ------------------------------------------------------------------------------------ state

interface Round {
  readonly context: string;
  /** Whose handler runs. */
  source: string | null;
  /** Whether that handler has been neither removed nor replaced since it was called. */
  kept: boolean;
  /** How many, from the head of the context's queue, belong to it. */
  left: number;
  progress: boolean;
  failed: number;
}

interface State {
  /** Whether there is something to be read. */
  readonly ready: TableView<string, boolean>;
  /** Whether a context has a handler for a source. */
  readonly handled: TableView<string, TableView<string, boolean>>;
  /** The sources whose handlers a context is to call, in order. */
  readonly queue: TableView<string, SeqView<string>>;
  /** The rounds that are under way, each inside the one before it. */
  readonly rounds: SeqView<Round>;
  /** Whether the host has begun the outermost one. */
  byHost: boolean;
  /** Whether somebody has notified a context since it was polled last. */
  readonly notified: TableView<string, boolean>;
  /** The poll of a context that waits: there is none, it waits, or its wait is over. */
  readonly waiter: TableView<string, "none" | "waits" | "released">;
  /** Whether the host will poll a context in its next turn. */
  readonly driven: TableView<string, boolean>;
  readonly closed: TableView<string, boolean>;
  /** Which handlers are to be told of a descriptor. */
  readonly armed: TableView<string, TableView<string, boolean>>;
  /** Of which descriptors somebody is to be told, in the order in which the host will be asked. */
  readonly wanted: SeqView<string>;
  /** For which descriptors the call of the host's waits, if it is under way. */
  readonly asked: SeqView<string>;
  /** Where that call is: there is none, it waits, or it has found something and has not told yet. */
  call: "none" | "waits" | "back";
  /** What it has found. */
  readonly found: SeqView<string>;
  /** Whether it is to come back, as there is something else to ask for; whether it has found that. */
  nudged: boolean;
  foundNudge: boolean;
  /** Whether the host's library is open, and whether somebody will look whether it may be closed. */
  open: boolean;
  resting: boolean;
}

/** Takes one out of the queue of a context: what is left of the rounds there may become less. */
function leave(s: State, context: string, source: string): void {
  const queue = s.queue.at(context);
  const at = queue.indexOf(source);
  if (at < 0) return;
  queue.removeAt(at);
  for (const round of s.rounds) if (round.context === context && at < round.left) round.left--;
}

/** Whether a round of a context is under way. */
function polls(s: State, context: string): boolean {
  return s.rounds.some((round) => round.context === context);
}

/** Whether a handler runs that will look at its source when it returns. */
function looksAgain(s: State, context: string, source: string): boolean {
  return s.rounds.some((round) =>
    round.context === context && round.source === source && round.kept
  );
}

function drive(s: State, context: string): void {
  if (polls(s, context) || s.closed.at(context)) return;
  if (s.queue.at(context).length > 0) s.driven.set(context, true);
}

function notifies(s: State, context: string): void {
  s.notified.set(context, true);
  if (s.waiter.at(context) === "waits") s.waiter.set(context, "released");
  else drive(s, context);
}

// ------------------------------------------------------------------------------ descriptors

/** The host is to tell a handler of a descriptor, once. */
function arm(s: State, context: string, source: string): void {
  s.open = true;
  s.armed.at(context).set(source, true);
  if (s.wanted.includes(source)) return;
  s.wanted.push(source);
  if (s.call === "none") asks(s);
  else s.nudged = true;
}

function disarm(s: State, context: string, source: string): void {
  s.armed.at(context).set(source, false);
  if (!s.wanted.includes(source) || s.armed.some((armed) => armed.at(source))) return;
  s.wanted.removeAt(s.wanted.indexOf(source));
  if (s.call !== "none") s.nudged = true;
}

/** The host begins to wait for what is wanted. */
function asks(s: State): void {
  s.call = "waits";
  s.asked.assign([...s.wanted]);
}

/** What a handler finds that looks at its source; one that finds nothing waits to be told. */
function finds(s: State, context: string, source: string): boolean {
  const ready = s.ready.at(source);
  if (!isDescriptor(source)) return ready;
  s.open = true;
  s.resting = true;
  if (!ready) arm(s, context, source);
  return ready;
}

/** A handler looks whether it is to be called. */
function look(s: State, context: string, source: string): void {
  const queue = s.queue.at(context);
  if (!s.handled.at(context).at(source) || queue.includes(source)) return;
  if (!finds(s, context, source)) return;
  queue.push(source);
  notifies(s, context);
}

/** A handler is no longer there. */
function remove(s: State, context: string, source: string): void {
  s.handled.at(context).set(source, false);
  leave(s, context, source);
  for (const round of s.rounds) {
    if (round.context === context && round.source === source) round.kept = false;
  }
  if (isDescriptor(source)) disarm(s, context, source);
}

// ----------------------------------------------------------------------------------- rounds

/** The innermost round goes on: it calls the next handler, or is over. What it answers then is told. */
function next(s: State): string | undefined {
  const round = s.rounds.at(s.rounds.length - 1);
  const { context } = round;
  const queue = s.queue.at(context);
  while (round.left > 0) {
    const source = queue.at(0);
    leave(s, context, source);
    if (!finds(s, context, source)) continue;
    round.source = source;
    round.kept = true;
    return undefined;
  }
  const answer = round.failed > 0 ? `${round.failed} failed` : `${round.progress}`;
  s.rounds.pop();
  drive(s, context);
  if (s.rounds.length > 0 || !s.byHost) return answer;
  s.byHost = false;
  return undefined;
}

function poll(s: State, context: string): string | undefined {
  s.notified.set(context, false);
  const left = s.queue.at(context).length;
  s.rounds.push({ context, source: null, kept: false, left, progress: false, failed: 0 });
  return next(s);
}

/** The handler that runs returns or throws. */
function returns(s: State, fails: boolean): string | undefined {
  const round = s.rounds.at(s.rounds.length - 1);
  const { context, source, kept } = round;
  round.source = null;
  round.progress = true;
  if (fails) round.failed++;
  if (kept && source !== null) look(s, context, source);
  return next(s);
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whose handler is to be called is ready": (s: State) =>
    s.queue.every((queue) => queue.every((source) => s.ready.at(source))),
  "whose handler runs is ready": (s: State) =>
    s.rounds.every(({ source }) => source === null || s.ready.at(source)),
  "a handler that runs is still there": (s: State) => s.rounds.every(({ kept }) => kept),
};

// ------------------------------------------------------------------------------------- spec

interface Where {
  readonly context: string;
}

interface What {
  readonly source: string;
}

/** How a context is polled: so that the thread stops, and by a coroutine. */
const How = Schema.Literals(["once", "sync", "once, in a coroutine", "sync, in a coroutine"]);
export type How = typeof How.Type;

interface Poll {
  readonly how: How;
}

/**
 * Handlers of `events` and `descriptors` in so many contexts.
 *
 * @param scope How many of each, and how many rounds inside one another; whether polls wait, too;
 * which claims.
 */
export function handlers(
  { contexts = 1, events = 1, descriptors = 0, rounds = 2, waiting = true, always = {} }: {
    contexts?: number;
    events?: number;
    descriptors?: number;
    rounds?: number;
    waiting?: boolean;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const sources = sourceNames(events, descriptors);
  const Context = Schema.Literals(contextNames(contexts));
  const Source = Schema.Literals(sources);
  const Sources = Seq(Source, sources.length);

  const refusesToPoll = (s: State, context: string, how: How): string | undefined => {
    if (s.closed.at(context)) return "closed";
    if (how.endsWith("in a coroutine")) return "in-coroutine";
    if (s.waiter.at(context) === "waits") return "context-busy";
    // Nobody could end the wait of one that stops the thread.
    const reason = s.notified.at(context) || s.queue.at(context).length > 0;
    return how === "sync" && !reason ? "deadlock" : undefined;
  };
  const isIdle = (s: State, context: string): boolean =>
    !polls(s, context) && s.handled.at(context).every((handled) => !handled);
  const close = (s: State, context: string): void => {
    s.closed.set(context, true);
    if (s.waiter.at(context) === "waits") s.waiter.set(context, "released");
  };

  const waits = {
    beginWaiting: {
      for: { context: Context },
      when: (s: State, { context }: Where) =>
        s.waiter.at(context) === "none" && !s.closed.at(context),
      do: (s: State, { context }: Where) => {
        s.waiter.set(context, s.notified.at(context) ? "released" : "waits");
      },
      refuse: (s: State, { context }: Where) => refusesToPoll(s, context, "once"),
    },
    afterWaiting: {
      for: { context: Context },
      when: (s: State, { context }: Where) =>
        s.rounds.length === 0 && s.waiter.at(context) === "released",
      do: (s: State, { context }: Where) => {
        s.waiter.set(context, "none");
        return s.closed.at(context) ? "false" : poll(s, context);
      },
    },
  };
  const hostActions = {
    hostFinds: {
      for: {},
      when: (s: State) =>
        s.call === "waits" && (s.nudged || s.asked.some((source) => s.ready.at(source))),
      do: (s: State) => {
        s.call = "back";
        s.foundNudge = s.nudged;
        s.found.assign([...s.asked].filter((source) => s.ready.at(source)));
      },
    },
    hostTells: {
      for: {},
      when: (s: State) => s.rounds.length === 0 && s.call === "back",
      do: (s: State) => {
        if (s.foundNudge) s.nudged = false;
        s.foundNudge = false;
        while (s.found.length > 0) {
          const source = s.found.shift();
          const at = s.wanted.indexOf(source);
          if (at < 0) continue;
          s.wanted.removeAt(at);
          const told = [...s.armed.keys()].filter((one) => s.armed.at(one).at(source));
          for (const one of told) s.armed.at(one).set(source, false);
          for (const one of told) look(s, one, source);
        }
        s.asked.clear();
        if (s.wanted.length > 0) return asks(s);
        s.call = "none";
        s.resting = true;
      },
    },
    hostRests: {
      for: {},
      when: (s: State) => s.rounds.length === 0 && s.resting,
      do: (s: State) => {
        s.resting = false;
        if (s.call === "none") s.open = s.nudged = false;
      },
    },
  };

  return spec({
    name: "handlers",
    state: Schema.Struct({
      ready: Table(Source, Schema.Boolean),
      handled: Table(Context, Table(Source, Schema.Boolean)),
      queue: Table(Context, Sources),
      rounds: Seq(
        Schema.Struct({
          context: Context,
          source: Schema.NullOr(Source),
          kept: Schema.Boolean,
          left: Int(0, sources.length),
          progress: Schema.Boolean,
          failed: Int(0, sources.length),
        }),
        rounds,
      ),
      byHost: Schema.Boolean,
      notified: Table(Context, Schema.Boolean),
      waiter: Table(Context, Schema.Literals(["none", "waits", "released"])),
      driven: Table(Context, Schema.Boolean),
      closed: Table(Context, Schema.Boolean),
      armed: Table(Context, Table(Source, Schema.Boolean)),
      wanted: Sources,
      asked: Sources,
      call: Schema.Literals(["none", "waits", "back"]),
      found: Sources,
      nudged: Schema.Boolean,
      foundNudge: Schema.Boolean,
      open: Schema.Boolean,
      resting: Schema.Boolean,
    }),
    init: [{
      ready: fill(Source, false),
      handled: fill(Context, fill(Source, false)),
      queue: fill(Context, []),
      rounds: [],
      byHost: false,
      notified: fill(Context, false),
      waiter: fill(Context, "none" as const),
      driven: fill(Context, false),
      closed: fill(Context, false),
      armed: fill(Context, fill(Source, false)),
      wanted: [],
      asked: [],
      call: "none",
      found: [],
      nudged: false,
      foundNudge: false,
      open: false,
      resting: false,
    }],
    actions: {
      ...(waiting ? waits : {}) as typeof waits,
      ...(descriptors > 0 ? hostActions : {}) as typeof hostActions,
      setHandler: {
        for: { context: Context, source: Source },
        when: (s: State, { context }: Where & What) => !s.closed.at(context),
        do: (s: State, { context, source }: Where & What) => {
          // The one that was is not called any more: it leaves its place in the order.
          leave(s, context, source);
          for (const round of s.rounds) {
            if (round.context === context && round.source === source) round.kept = false;
          }
          s.handled.at(context).set(source, true);
          if (isDescriptor(source)) arm(s, context, source);
          look(s, context, source);
        },
        refuse: () => "closed",
      },
      removeHandler: {
        for: { context: Context, source: Source },
        when: () => true,
        do: (s: State, { context, source }: Where & What) => {
          if (s.handled.at(context).at(source)) remove(s, context, source);
        },
      },
      set: {
        for: { source: Source },
        when: () => true,
        do: (s: State, { source }: What) => {
          if (s.ready.at(source)) return;
          s.ready.set(source, true);
          if (isDescriptor(source)) return;
          for (const context of s.handled.keys()) look(s, context, source);
        },
      },
      clear: {
        for: { source: Source },
        when: () => true,
        do: (s: State, { source }: What) => {
          s.ready.set(source, false);
        },
      },
      notify: {
        for: { context: Context },
        when: () => true,
        do: (s: State, { context }: Where) => notifies(s, context),
      },
      poll: {
        for: { context: Context, how: How },
        when: (s: State, { context, how }: Where & Poll) =>
          s.rounds.length < rounds && refusesToPoll(s, context, how) === undefined,
        do: (s: State, { context }: Where & Poll) => poll(s, context),
        refuse: (s: State, { context, how }: Where & Poll) => refusesToPoll(s, context, how),
      },
      hostTurn: {
        for: { context: Context },
        when: (s: State, { context }: Where) => s.rounds.length === 0 && s.driven.at(context),
        do: (s: State, { context }: Where) => {
          s.driven.set(context, false);
          if (s.closed.at(context) || s.waiter.at(context) === "waits") return undefined;
          s.byHost = true;
          return poll(s, context);
        },
      },
      close: {
        for: { context: Context },
        when: (s: State, { context }: Where) => s.closed.at(context) || isIdle(s, context),
        do: (s: State, { context }: Where) => close(s, context),
        refuse: () => "context-busy",
      },
      drain: {
        for: { context: Context },
        // What is to be called could be called without end.
        when: (s: State, { context }: Where) =>
          s.closed.at(context) ||
          (!polls(s, context) && s.waiter.at(context) !== "waits" &&
            s.queue.at(context).length === 0),
        do: (s: State, { context }: Where) => {
          if (s.closed.at(context)) return;
          s.notified.set(context, false);
          for (const source of sources) {
            if (s.handled.at(context).at(source)) remove(s, context, source);
          }
          close(s, context);
        },
        refuse: (s: State, { context }: Where) =>
          polls(s, context) || s.waiter.at(context) === "waits" ? "context-busy" : undefined,
      },
      return: {
        for: {},
        when: (s: State) => s.rounds.length > 0,
        do: (s: State) => returns(s, false),
      },
      throw: {
        for: {},
        // What is thrown to the host is nobody's here; and one that comes back could fail without end.
        when: (s: State) =>
          s.rounds.length > (s.byHost ? 1 : 0) &&
          s.rounds.at(s.rounds.length - 1).failed < sources.length,
        do: (s: State) => returns(s, true),
      },
    },
    always: {
      "whose event is set is to be called, or runs and looks again": (s) =>
        everyHandler(
          s,
          (context, source) =>
            isDescriptor(source) || !s.ready.at(source) || s.queue.at(context).includes(source) ||
            looksAgain(s, context, source),
        ),
      "whose descriptor can be read is to be called, runs and looks again, or will be told": (s) =>
        everyHandler(
          s,
          (context, source) =>
            !isDescriptor(source) || !s.ready.at(source) || s.queue.at(context).includes(source) ||
            looksAgain(s, context, source) || s.armed.at(context).at(source),
        ),
      "the host is asked for what is armed, or is about to be": (s) =>
        s.wanted.every((source) =>
          s.call === "back" || s.nudged || (s.call === "waits" && s.asked.includes(source))
        ),
      "what nobody waits for does not keep the host waiting": (s) =>
        s.call !== "waits" || s.nudged || s.asked.every((source) => s.wanted.includes(source)),
      "the host's library is open while it is asked": (s) => s.call === "none" || s.open,
      "an open library is closed some time": (s) => !s.open || s.resting || s.call !== "none",
      "a handler that was removed is not called": (s) =>
        s.queue.every((queue, context) =>
          queue.every((source) => s.handled.at(context).at(source))
        ),
      "nobody is told who was removed": (s) =>
        s.armed.every((armed, context) =>
          armed.every((is, source) => !is || s.handled.at(context).at(source))
        ),
      "a handler is called once a round": (s) =>
        s.queue.every((queue) => queue.every((source, i) => queue.indexOf(source) === i)),
      "what becomes ready in a round waits for the next one": (s) =>
        s.rounds.every(({ context, left }) => left <= s.queue.at(context).length),
      "a round inside another one of that context calls what is left of that one, too": (s) =>
        s.rounds.every(({ context, left }, i) =>
          s.rounds.every((outer, j) => j >= i || outer.context !== context || outer.left <= left)
        ),
      "what is to be called is: in a round, by the host, or by the poll whose wait is over": (s) =>
        s.queue.every((queue, context) =>
          queue.length === 0 || polls(s, context) || s.driven.at(context) ||
          s.waiter.at(context) === "released"
        ),
      "no poll waits while there is something to call": (s) =>
        s.queue.every((queue, context) =>
          queue.length === 0 || polls(s, context) || s.waiter.at(context) !== "waits"
        ),
      "a notification is seen: no poll waits after it": (s) =>
        s.waiter.every((waiter, context) => waiter !== "waits" || !s.notified.at(context)),
      "no poll waits for a context that was closed": (s) =>
        s.waiter.every((waiter, context) => waiter !== "waits" || !s.closed.at(context)),
      "a closed context has no handlers": (s) =>
        everyHandler(s, (context) => !s.closed.at(context)),
      "nothing runs in a closed context": (s) =>
        s.rounds.every(({ context }) => !s.closed.at(context)),
      ...always,
    },
    sometimes: {
      "a handler that is to be called finds that its source is not ready any more": (s) =>
        s.queue.some((queue) => queue.some((source) => !s.ready.at(source))),
      "a handler runs that has removed itself": (s) =>
        s.rounds.some(({ context, source, kept }) =>
          !kept && source !== null && !s.handled.at(context).at(source)
        ),
      "a handler runs that has set another one in its place, which is to be called": (s) =>
        s.rounds.some(({ context, source, kept }) =>
          !kept && source !== null && s.queue.at(context).includes(source)
        ),
      ...(rounds < 2 ? {} : {
        "a handler runs in a round that it has begun itself": (s: State) =>
          s.rounds.some((round, i) =>
            s.rounds.some((other, j) =>
              j > i && other.context === round.context && other.source === round.source
            )
          ),
      }),
      ...(!waiting ? {} : {
        "the host polls, and finds that somebody waits": (s: State) =>
          s.waiter.some((waiter, context) => waiter === "waits" && s.driven.at(context)),
      }),
      ...(contexts < 2 ? {} : {
        "two contexts are to call the handlers of one source": (s: State) =>
          s.ready.some((_, source) => s.queue.every((queue) => queue.includes(source))),
        "a handler of one context has let a poll of the other go on": (s: State) =>
          !waiting ||
          s.rounds.some(({ context }) =>
            s.waiter.some((waiter, other) => other !== context && waiter === "released")
          ),
      }),
      ...(contexts < 2 || rounds < 2 ? {} : {
        "a round of one context is under way inside a round of the other": (s: State) =>
          s.rounds.some(({ context }) => s.rounds.some((other) => other.context !== context)),
      }),
      ...(descriptors === 0 ? {} : {
        "the host tells of what somebody else has read": (s: State) =>
          s.found.some((source) => !s.ready.at(source)),
        "the host tells of what nobody wants any more": (s: State) =>
          s.found.some((source) => !s.wanted.includes(source)),
        "a descriptor can be read, and nobody knows": (s: State) =>
          s.call === "waits" && s.asked.some((source) => s.ready.at(source)),
      }),
    },
    ends: () => true,
  });
}

/** Whether something is so of all handlers that there are. */
function everyHandler(s: State, holds: (context: string, source: string) => boolean): boolean {
  return s.handled.every((handled, context) =>
    handled.every((is, source) => !is || holds(context, source))
  );
}
