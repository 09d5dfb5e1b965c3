/**
 * Bugs planted in the specs of handlers, and of locks between contexts: each breaks one claim, which must
 * notice.
 *
 * @module
 */
import type { SpecMutant } from "./_mutant.ts";

const handlers = "model/specs/contexts/handlers.ts";
const locks = "model/specs/together/context_locks.ts";
const round = "model/specs/contexts/one_round.ts";
const checkRound = [round, "--set", "rounds=2"];
const checkLocks = [locks, "--set", "coroutines=2"];
const checkPromises = [...checkLocks, "--set", "promises=true"];
const checkWaiting = [handlers, "--set", "events=1"];
const checkEvents = [handlers, "--set", "events=2", "--set", "waiting=false"];
const checkOrder = [handlers, "--set", "events=3", "--set", "waiting=false"];
const checkDescriptor = [handlers, "--set", "events=0", "--set", "descriptors=1"];
const checkDescriptors = [
  handlers,
  "--set",
  "events=0",
  "--set",
  "descriptors=2",
  "--set",
  "rounds=1",
];

/** For each claim, a model that breaks it. */
export const handlerSpecMutants: readonly SpecMutant[] = [
  {
    claim: "whose event is set is to be called, or runs and looks again",
    file: handlers,
    line: "if (kept && source !== null) look(s, context, source);",
    becomes: ";",
    check: checkEvents,
  },
  {
    claim: "whose descriptor can be read is to be called, runs and looks again, or will be told",
    file: handlers,
    line: "if (!ready) arm(s, context, source);",
    becomes: ";",
    check: checkDescriptor,
  },
  {
    claim: "the host is asked for what is armed, or is about to be",
    file: handlers,
    line: "else s.nudged = true;",
    becomes: "else ;",
    check: checkDescriptors,
  },
  {
    claim: "what nobody waits for does not keep the host waiting",
    file: handlers,
    line: 'if (s.call !== "none") s.nudged = true;',
    becomes: ";",
    check: checkDescriptor,
  },
  {
    claim: "the host's library is open while it is asked",
    file: handlers,
    line: 'if (s.call === "none") s.open = s.nudged = false;',
    becomes: "s.open = s.nudged = false;",
    check: checkDescriptor,
  },
  {
    claim: "an open library is closed some time",
    file: handlers,
    line: "s.resting = true;",
    nth: 1,
    becomes: ";",
    check: checkDescriptor,
  },
  {
    claim: "a handler that was removed is not called",
    file: handlers,
    line: "leave(s, context, source);",
    becomes: ";",
    check: checkEvents,
  },
  {
    claim: "nobody is told who was removed",
    file: handlers,
    line: "if (isDescriptor(source)) disarm(s, context, source);",
    becomes: ";",
    check: checkDescriptor,
  },
  {
    claim: "a handler is called once a round",
    file: handlers,
    line: "if (!s.handled.at(context).at(source) || queue.includes(source)) return;",
    becomes: "if (!s.handled.at(context).at(source)) return;",
    check: checkEvents,
  },
  {
    claim: "what becomes ready in a round waits for the next one",
    file: handlers,
    line:
      "for (const round of s.rounds) if (round.context === context && at < round.left) round.left--;",
    becomes: ";",
    check: checkEvents,
  },
  {
    claim: "a round inside another one of that context calls what is left of that one, too",
    file: handlers,
    line: "const left = s.queue.at(context).length;",
    becomes: "const left = Math.min(s.queue.at(context).length, s.rounds.length === 0 ? 3 : 1);",
    check: checkOrder,
  },
  {
    claim: "what is to be called is: in a round, by the host, or by the poll whose wait is over",
    file: handlers,
    line: "if (s.queue.at(context).length > 0) s.driven.set(context, true);",
    becomes: ";",
    check: checkWaiting,
  },
  {
    claim: "no poll waits while there is something to call",
    file: handlers,
    line: 'if (s.waiter.at(context) === "waits") s.waiter.set(context, "released");',
    becomes: 'if (s.waiter.at(context) === "waits") ;',
    check: checkWaiting,
  },
  {
    claim: "a notification is seen: no poll waits after it",
    file: handlers,
    line: 's.waiter.set(context, s.notified.at(context) ? "released" : "waits");',
    becomes: 's.waiter.set(context, "waits");',
    check: checkWaiting,
  },
  {
    claim: "no poll waits for a context that was closed",
    file: handlers,
    line: 'if (s.waiter.at(context) === "waits") s.waiter.set(context, "released");',
    nth: 1,
    becomes: ";",
    check: checkWaiting,
  },
  {
    claim: "a closed context has no handlers",
    file: handlers,
    line: "!polls(s, context) && s.handled.at(context).every((handled) => !handled);",
    becomes: "!polls(s, context);",
    check: checkEvents,
  },
  {
    claim: "nothing runs in a closed context",
    file: handlers,
    line: "!polls(s, context) && s.handled.at(context).every((handled) => !handled);",
    becomes: "s.handled.at(context).every((handled) => !handled);",
    check: checkEvents,
  },
  {
    claim: "what is scheduled in a round waits for the next one",
    file: round,
    line: "for (const round of s.rounds) if (at < round.left) round.left--;",
    becomes: ";",
    check: checkRound,
  },
  {
    claim: "a round inside another one calls what is left of that one, too",
    file: round,
    line: "const left = s.scheduled.length;",
    becomes: "const left = s.rounds.length === 0 ? s.scheduled.length : 0;",
    check: checkRound,
  },
  {
    claim: "a round comes to sources when all that was scheduled has been called",
    file: round,
    line: "if (round.kind > 0) round.kind++;",
    becomes: "round.kind++;",
    check: checkRound,
  },
  {
    claim: "a coroutine does not poll",
    file: round,
    line: "when: (s: State) => s.rounds.length < rounds && !inCoroutine(s),",
    becomes: "when: (s: State) => s.rounds.length < rounds,",
    check: checkRound,
  },
  {
    claim: "an event that is set is handled, or its handler runs and looks again",
    file: round,
    line: 'if (round.runs === "event") look(s);',
    becomes: ";",
    check: checkRound,
  },
  {
    claim: "whoever waits for a promise is suspended",
    file: locks,
    line: 'return s.promised.at(who) ? "already-scheduled" : inContexts.barred(s, who);',
    becomes: "return inContexts.barred(s, who);",
    check: checkPromises,
  },
  {
    claim: "whoever waits for a promise is scheduled nowhere",
    file: locks,
    line: 'return s.promised.at(who) ? "already-scheduled" : inContexts.barred(s, who);',
    becomes: "return inContexts.barred(s, who);",
    check: checkPromises,
  },
  {
    claim: "whoever waits for a lock or to be told is scheduled nowhere",
    file: locks,
    line: "const cannotWait = (s: State): boolean => isScheduled(s, s.current);",
    becomes: "const cannotWait = (_: State): boolean => false;",
    check: checkLocks,
  },
];
