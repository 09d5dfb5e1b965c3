/**
 * What the bindings do not show of the states of their specs, and by what it is compared all the same.
 *
 * A field that a view does not show is not compared with the running code: only what follows from it is, in
 * later states and answers. So each pair says here which those are, and why that is enough. `verify` fails
 * where a view hides more, and a test where it shows what is said here to be hidden.
 *
 * @module
 */

/** By field: what tells of it. */
export interface Hidden {
  /** Those that no view shows. */
  readonly never: Readonly<Record<string, string>>;
  /** Those of which a part is not shown, or not in every state. */
  readonly partly: Readonly<Record<string, string>>;
  /** Those of which a part is not shown where there is more of it than at the scopes of small. */
  readonly larger: Readonly<Record<string, string>>;
}

const lifecycle = {
  finds: "what the coroutine is told, and whether it throws, when it runs again",
  pending: "who runs next, and when enter() returns",
  failed: "what enter() throws in the end",
};
const ahead = "for a claim about order alone: who is served next tells";
const passed = "for a claim about order alone";
const late = "whether the wait ends in a TimeoutError";
const line =
  "that just those wait who stand in it is compared; in which order, who goes on next tells";
const rounds = {
  left: "which callbacks are called before poll() returns",
  progress: "what poll() answers",
  failed: "what poll() throws",
};

/** By the name of the spec. */
const HIDDEN: Readonly<Record<string, Partial<Hidden>>> = {
  coroutine: { never: lifecycle },
  signals: {
    never: {
      listeners: "who is told when it is aborted, in which order",
      does: "what each does when it is told",
    },
  },
  promises: { never: { most: "for a claim alone: how often each was asked tells" } },
  broken_clock: {
    never: {
      due: "whether the alarm is set anew",
      failure: "whether it is told when somebody looks, and how long a poll may wait",
    },
  },
  co_mutex: { never: { ...lifecycle, ahead } },
  dump: { never: { ...lifecycle, ahead } },
  dump_rw: {
    never: { ...lifecycle, ahead, passed, upgrades: "what it holds when it goes on" },
  },
  listener: { never: { ...lifecycle, ahead } },
  chrome_trace: { never: { ...lifecycle, ahead } },
  fates: {
    never: { ...lifecycle, byHost: "whether a failure is thrown that somebody has asked for" },
    partly: { end: "how it has ended, when somebody asks for the promise" },
  },
  async_context: { never: { ...lifecycle, store: "what each finds whenever it looks" } },
  co_queue: {
    never: { ...lifecycle, ahead, regains: "whether it goes on as the holder of the mutex" },
  },
  readable: {
    never: {
      ...lifecycle,
      late,
      telling: "who goes on next, and before set() returns",
      waits: "what it does when it runs again",
    },
    partly: { line },
  },
  co_reader: {
    never: {
      ...lifecycle,
      late,
      wants: "at how many bytes it goes on",
      going: "who runs next, and whether others may take what is there",
      arrived: "how many bytes can be taken before the end",
      taken: "how many bytes are left",
      dropped: "how many bytes are buffered: none of these",
      cancelled: "whether what comes later is buffered",
    },
    partly: {
      broken: "what fill() throws",
      ended: "what fill() answers",
      line,
    },
  },
  reading: {
    never: { came: "for how many may come alone" },
    partly: {
      waits: "what is answered when it goes on",
      count: "what is answered when it goes on",
      ended: "what is answered when there is no more",
    },
  },
  read_ahead: {
    never: {
      came: "for a claim about bytes alone: the host numbers them",
      taken: "which bytes are taken next",
      count: "what is answered when it goes on",
      watched: "whether it is told when something comes",
      cancelled: "whether what comes later is buffered",
      due: "for claims alone: the host is not asked again at once",
    },
    partly: {
      waits: "what is answered when it goes on",
      ended: "what is answered when there is no more",
      broken: "what is answered when there is no more",
    },
  },
  node_stream: {
    never: {
      kind: "what a read comes to when something has become of it, without an event",
      over: "what the next read comes to",
    },
  },
  node_sink: {
    never: {
      kind: "what one is told that is destroyed",
      before: "what one is told that is destroyed when it has come to its end",
    },
  },
  answers: {
    never: {
      kind: "what is answered when it is asked",
      first: "what whoever asks is told",
      second: "what whoever asks is told",
    },
  },
  co_file: {
    partly: {
      phase: "how the host is asked to open it, and whether calls are refused",
      doing: "whether it waits, if it closes the file",
      position: "where the host reads or writes",
      length: "how many bytes the host is asked for, less those that were moved",
      moved: "how many bytes the host is asked for",
      got: "what is answered when all was read",
      gone: "whether anybody is told of what the host has done",
    },
  },
  co_writer: {
    never: {
      ...lifecycle,
      waits: "until when it waits",
      open: "how long the pieces are that the host is given",
      total: "for a claim about bytes alone: the host numbers them",
      taken: "for a claim about bytes alone: the host numbers them",
      marks: "until when it waits",
    },
    partly: {
      broken: "whether calls are refused",
      closing: "whether writes are refused, and when close() is over",
      owes: "what the host is given next",
      line,
      back: "whether the host has a piece to take",
    },
    larger: {
      sending: "how long each piece is, when the host has it",
      written: "how many bytes are pending; how long each piece is, when the host has it",
    },
  },
  co_rw_lock: {
    never: { ...lifecycle, ahead, passed, upgrades: "what it holds when it goes on" },
  },
  co_semaphore: {
    never: {
      ...lifecycle,
      ahead,
      passed,
      granted: "how many permits there are when it goes on, or is cancelled",
      out: "for the claim about permits alone",
    },
  },
  sleep: {
    never: {
      ...lifecycle,
      left: "at which tick it goes on",
      ticking: "how many more alarms ring before advance() returns",
    },
    partly: { alarms: "how many are set is compared; in which order, who goes on next tells" },
  },
  scope: {
    never: {
      ...lifecycle,
      late,
      parent: "who is told of an end, and who is cancelled with whom",
      kind: "what becomes of the group when a child ends",
      failures: "what the group throws",
      first: "what the group answers or throws",
      ending: "what the group answers or throws",
      over: "whether those that are started then are cancelled",
      cancelledScope: "whether the scope answers or throws",
    },
  },
  task_pool: {
    never: {
      ...lifecycle,
      ahead,
      passed,
      wants: "what it does when there is a slot",
      granted: "whether a slot is free when it goes on, or is cancelled",
      awaitsAll: "what it does when it runs again",
      lastTold: "who keeps a failure",
    },
  },
  aio_context: { never: lifecycle },
  bottom_half: {
    never: {
      ...rounds,
      idle: "whether poll() calls it while there is something else",
      draining: "whether rounds go on, and whether the context is closed then",
    },
  },
  timer: {
    never: rounds,
    partly: { set: "in which order timers of one deadline are called" },
  },
  awaited: {
    partly: {
      waits: "that one waits is compared; by what, the counts tell",
      home: "which context knows of it",
    },
  },
  notify: {},
  context_locks: {
    never: { ...lifecycle, ahead, regains: "whether it goes on as the holder of the mutex" },
  },
  one_round: {
    partly: {
      scheduled: "in which order they are called in the round",
      rounds: "which callbacks are called before poll() returns",
    },
  },
  handlers: {
    never: {
      byHost: "whether the host goes on with the poll",
      wanted: "what the host is asked for",
      found: "which handlers are called in the round",
      foundNudge: "whether the poll waits",
    },
    partly: { rounds: "which handlers are called before poll() returns" },
  },
  mutex_turns: {
    never: {
      left: "after how many more the holder's thread is told",
      finds: "what one is told that has the mutex again",
      mourns: "what those who wait are told when their thread looks",
      crowded: "how many are in the line when its thread has looked",
      stuck: "whether anybody has the mutex when nobody holds it",
    },
    partly: {
      coming: "how many records are in use is compared; who goes on when a thread looks tells",
      queue: "how many records are in use is compared; in which order, who is told next tells",
      line: "how many stand in it is compared; in which order, who has it next tells",
      told: "that of a dead thread is nobody's concern",
      wants: "what those of a dead thread want is nobody's concern",
    },
  },
  rw_lock_turns: {
    never: {
      mourns: "what those who wait are told when their thread looks",
      finds: "what one is told that reads again",
    },
    partly: {
      coming: "how many records are in use is compared; who goes on when a thread looks tells",
      line: "how many stand in it is compared; in which order, who is granted it next tells",
      told: "that of a dead thread is nobody's concern",
      holds: "what one has that has ended: the lock is abandoned",
      wants: "what those of a dead thread want is nobody's concern",
    },
  },
  bounded_buffer: {
    never: { ...lifecycle, ahead, phase: "what it does next" },
  },
};

/** What the binding of a spec does not show. */
export function hiddenBy(spec: string): Hidden {
  const { never = {}, partly = {}, larger = {} } = Object.hasOwn(HIDDEN, spec) ? HIDDEN[spec]! : {};
  return { never, partly, larger };
}

/** A field by its path, such as `holder` in `holder[m1]`. */
const fieldOf = (path: string): string => path.replace(/[[.].*/, "");

/** By field: how a walk has found it to be hidden. */
export function hiddenIn(
  { unobserved, partly }: {
    readonly unobserved: readonly string[];
    readonly partly: readonly string[];
  },
): ReadonlyMap<string, keyof Hidden> {
  const found = new Map<string, keyof Hidden>();
  for (const path of partly) found.set(fieldOf(path), "partly");
  // Of a field of which all parts are hidden, only the field is named.
  for (const path of unobserved) {
    const field = fieldOf(path);
    found.set(field, field === path && !found.has(field) ? "never" : "partly");
  }
  return found;
}

/** The fields that a walk has found to be hidden, though it is said nowhere, or said to be so in part. */
export function unstated(
  { never, partly, larger }: Hidden,
  shown: Parameters<typeof hiddenIn>[0],
): readonly string[] {
  return [...hiddenIn(shown)].filter(([field, how]) =>
    !Object.hasOwn(never, field) &&
    (how === "never" || !Object.hasOwn(partly, field) && !Object.hasOwn(larger, field))
  ).map(([field]) => field);
}
