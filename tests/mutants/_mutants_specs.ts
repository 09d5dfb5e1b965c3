/**
 * Bugs planted in the specs: each breaks one claim, which must notice.
 *
 * @module
 */
import type { SpecMutant } from "./_mutant.ts";

const life = "model/specs/core/_lifecycle.ts";
const locks = "model/specs/locks/co_mutex.ts";
const mutexes = "model/specs/locks/_mutexes.ts";
const queue = "model/specs/locks/co_queue.ts";
const queues = "model/specs/locks/_queue.ts";
const rwLock = "model/specs/locks/co_rw_lock.ts";
const semaphore = "model/specs/locks/co_semaphore.ts";
const fates = "model/specs/core/fates.ts";
const calls = "model/specs/threads/calls.ts";
const nodeSink = "model/specs/io/node_sink.ts";
const answers = "model/specs/io/answers.ts";
const nodeStream = "model/specs/io/node_stream.ts";
const looks = "model/specs/together/_looks.ts";
const dump = "model/specs/together/dump.ts";
const circles = "model/specs/together/circles.ts";
const timeline = "model/specs/together/chrome_trace.ts";
const messages = "model/specs/threads/messages.ts";
const promises = "model/specs/core/promises.ts";
const signals = "model/specs/core/signals.ts";
const brokenClock = "model/specs/contexts/broken_clock.ts";
const sleep = "model/specs/time/sleep.ts";
const alarms = "model/specs/time/alarms.ts";
const checkLife = ["model/specs/core/coroutine.ts", "--set", "coroutines=3"];
const checkCancelled = [...checkLife, "--set", "cancels=1"];
const checkLocks = [locks, "--set", "coroutines=3", "--set", "mutexes=1"];
const checkTimedLocks = [...checkLocks, "--set", "cancels=1", "--set", "timed=1"];
const scope = ["--set", "coroutines=3", "--set", "cancels=1", "--set", "timed=1"];
const checkQueue = [queue, ...scope];
const checkRwLock = [rwLock, ...scope];
const checkSemaphore = [semaphore, ...scope];
const checkSleep = [sleep, "--set", "coroutines=3", "--set", "cancels=1"];

/** For each claim, a model that breaks it. */
export const specMutants: readonly SpecMutant[] = [
  {
    claim: "at most one runs",
    file: life,
    line: 'if (by !== LEADER) s.status.set(by, "normal");',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "whoever has control runs",
    file: life,
    line: 'if (caller !== LEADER) s.status.set(caller, "running");',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "each who is entered has an enterer, and nobody else has",
    file: life,
    line: "s.caller.set(me, null);",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no recursive entry: all who are entered stand in one chain",
    file: life,
    line: 'if (entered(s, who)) return this.#x.barred(s, who) ?? "recursive-entry";',
    becomes: 'if (s.status.at(who) === "running") return "recursive-entry";',
    check: checkLife,
  },
  {
    claim: "whoever is entered gives control back to its enterer, which waits for it",
    file: life,
    line: 'if (by !== LEADER) s.status.set(by, "normal");',
    becomes: 'if (by !== LEADER) s.status.set(by, "suspended");',
    check: checkLife,
  },
  {
    claim: "a coroutine is woken once, and is then in one list",
    file: life,
    line: 'if (s.woken.at(who)) return "already-woken";',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no double scheduling: whoever is woken is not entered and has not ended",
    file: life,
    line: "s.woken.set(who, false);",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "nothing woken is lost: whoever others are pending for has entered one that will stop",
    file: life,
    line: "if (pending.length > 0) {",
    becomes: "if (pending.length > 1) {",
    check: checkLife,
  },
  {
    claim: "nothing woken is lost: whoever has woken others is entered, and will stop",
    file: life,
    line: "while (wakes.length > 0) pending.unshift(wakes.pop());",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no error is lost: a failure waits for somebody who is to be told",
    file: life,
    line: "failed.clear();",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "who has ended never runs again",
    file: life,
    line: 'if (s.status.at(who) === "terminated") return "terminated";',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "whoever waits for a promise is suspended",
    file: "model/specs/core/coroutine.ts",
    line: 'barred: (s, who) => s.scheduled.at(who) ? "already-scheduled" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLife,
  },
  {
    claim: "nobody has woken whoever waits for a promise",
    file: "model/specs/core/coroutine.ts",
    line: 'barred: (s, who) => s.scheduled.at(who) ? "already-scheduled" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLife,
  },
  {
    claim: "the holder of a lock knows it",
    file: mutexes,
    line: "s.held.at(who).push(m);",
    becomes: ";",
    check: checkLocks,
  },
  {
    claim: "mutual exclusion: nobody has a lock but its holder",
    file: mutexes,
    line: "held.removeAt(held.indexOf(m));",
    becomes: ";",
    check: checkLocks,
  },
  {
    claim: "locksHeld is zero at termination",
    file: mutexes,
    line: "held.clear();",
    becomes: ";",
    check: checkLocks,
  },
  {
    claim: "a waiter never waits for a free lock",
    file: mutexes,
    line: "if (waiters.length === 0) s.holder.set(m, null);",
    becomes: "if (waiters.length >= 0) s.holder.set(m, null);",
    check: checkLocks,
  },
  {
    claim: "hand-off is first in, first out: each stands behind those alone who came before it",
    file: mutexes,
    line: "stand(s, s.waiters.at(m), s.current);",
    becomes: "s.waiters.at(m).unshift(s.current);",
    check: checkLocks,
  },
  {
    claim: "nobody waits for an abandoned lock",
    file: mutexes,
    line: "s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m) &&",
    becomes: "s.current !== LEADER && s.holder.at(m) !== s.current &&",
    check: checkLocks,
  },
  {
    claim: "a holder never waits for its own lock",
    file: mutexes,
    line: "s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m) &&",
    becomes: "s.current !== LEADER && !abandoned(s, m) &&",
    check: checkLocks,
  },
  {
    claim: "a coroutine is in at most one list",
    file: locks,
    line: 'barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLocks,
  },
  {
    claim: "nobody has woken whoever waits",
    file: locks,
    line: 'barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLocks,
  },
  {
    claim: "whoever waits is suspended",
    file: mutexes,
    line: "return life.wait(s, patience(s.current));",
    becomes: "return undefined;",
    check: checkLocks,
  },
  {
    claim: "a cancellation is not lost: whoever is due to be cancelled will suspend",
    file: life,
    line: 'if (s.cancel.at(me) === "due" && here) {',
    becomes: 'if (s.cancel.at(me) === "due" && here && s.alarm.at(me)) {',
    check: checkCancelled,
  },
  {
    claim: "one that is cancelled before it has run ends at once, unless its turn is to come",
    file: life,
    line: 's.status.set(who, "terminated");',
    becomes: ";",
    check: checkCancelled,
  },
  {
    claim: "one that is cancelled before it has run ends without having run",
    file: life,
    line: 'else if (woken) s.finds.set(who, "cancelled");',
    becomes: "else if (woken) return;",
    check: checkCancelled,
  },
  {
    claim: "whoever can give up is suspended",
    file: life,
    line: "s.alarm.set(who, false);",
    becomes: ";",
    check: checkTimedLocks,
  },
  {
    claim: "whoever can give up waits, or is to go on",
    file: life,
    line: "s.alarm.set(who, false);",
    becomes: ";",
    check: checkTimedLocks,
  },
  {
    claim: "whoever gives up leaves, unless it must not go on without what it waits for",
    file: life,
    line: "this.#x.leave(s, who);",
    nth: 1,
    becomes: ";",
    check: checkTimedLocks,
  },
  {
    claim: "whoever waits with a mutex has it again when it goes on",
    file: queue,
    line: "goOn: regain,",
    becomes: "goOn: () => true,",
    check: checkQueue,
  },
  {
    claim: "whoever waits with a mutex does not hold it",
    file: queues,
    line: "unlock(s, M, (s, who) => life.wake(s, who));",
    becomes: ";",
    check: checkQueue,
  },
  {
    claim: "whoever stands in the queue can be told: no wake-up is lost on one that has given up",
    file: queues,
    line: "if (place >= 0) s.queue.removeAt(place);",
    becomes: ";",
    check: checkQueue,
  },
  {
    claim: "the writer is alone",
    file: rwLock,
    line: 'return wants === "read" ? !hasWriter(s) : !locked(s);',
    becomes: "return !hasWriter(s);",
    check: checkRwLock,
  },
  {
    claim: "no ticket at the head could run now",
    file: rwLock,
    line: "moveUp(s);",
    nth: 3,
    becomes: ";",
    check: checkRwLock,
  },
  {
    claim: "nobody overtakes: each stands behind those alone who came before it",
    file: rwLock,
    line: "stand(s, s.tickets, s.current);",
    becomes:
      'if (wants === "read") s.tickets.unshift(s.current); else stand(s, s.tickets, s.current);',
    check: checkRwLock,
  },
  {
    claim: "whoever waits wants to read or to write",
    file: rwLock,
    line: "s.wants.set(s.current, wants);",
    becomes: ";",
    check: checkRwLock,
  },
  {
    claim: "whoever waits does not hold the lock",
    file: rwLock,
    line: "s.holds.set(me, null);",
    becomes: ";",
    check: checkRwLock,
  },
  {
    claim: "whoever has ended holds nothing",
    file: rwLock,
    line: "s.holds.set(s.current, null);",
    becomes: ";",
    check: checkRwLock,
  },
  {
    claim: "nobody waits for an abandoned lock",
    file: rwLock,
    line:
      "when: (s: RwLock) => s.current !== LEADER && s.holds.at(s.current) === null && !s.abandoned,",
    becomes: "when: (s: RwLock) => s.current !== LEADER && s.holds.at(s.current) === null,",
    check: checkRwLock,
  },
  {
    claim: "whoever upgrades has the lock when it goes on, for writing or for reading",
    file: rwLock,
    line: "goOn: readAgain,",
    becomes: "goOn: () => true,",
    check: checkRwLock,
  },
  {
    claim: "permits are conserved",
    file: semaphore,
    line: "s.granted.set(current, 0);",
    becomes: ";",
    check: checkSemaphore,
  },
  {
    claim: "a waiter never waits for what is free",
    file: semaphore,
    line: "moveUp(s);",
    becomes: ";",
    check: checkSemaphore,
  },
  {
    claim: "nobody overtakes: each stands behind those alone who came before it",
    file: semaphore,
    line: "stand(s, s.line, s.current);",
    becomes: "s.line.unshift(s.current);",
    check: checkSemaphore,
  },
  {
    claim: "whoever waits wants some, and nobody else does",
    file: semaphore,
    line: "s.wants.set(who, 0);",
    becomes: ";",
    check: checkSemaphore,
  },
  {
    claim: "whoever was granted permits goes on",
    file: semaphore,
    line: "wake(s, who);",
    becomes: ";",
    check: checkSemaphore,
  },
  {
    claim: "a sleeper is suspended",
    file: sleep,
    line: "s.asleep.set(who, false);",
    becomes: ";",
    check: checkSleep,
  },
  {
    claim: "a sleeper is in bed alone: in no list, and out of reach",
    file: sleep,
    line: "s.asleep.set(who, false);",
    becomes: ";",
    check: checkSleep,
  },
  {
    claim: "an alarm and a wake-up give one outcome: alarms are set for sleepers alone",
    file: sleep,
    line: "getUp(s, who);",
    nth: 1,
    becomes: "s.asleep.set(who, false);",
    check: checkSleep,
  },
  {
    claim: "a sleeper has one alarm at most",
    file: sleep,
    line: "s.alarms.set(place, who);",
    becomes: ";",
    check: checkSleep,
  },
  {
    claim: "alarms ring in order",
    file: sleep,
    line: "for (; place > 0 && s.left.at(s.alarms.at(place - 1)) > ticks; place--) {",
    becomes: "for (; place > 0 && s.left.at(s.alarms.at(place - 1)) < ticks; place--) {",
    check: checkSleep,
  },
  {
    claim: "only sleepers with an alarm have time left",
    file: sleep,
    line: "s.left.set(who, 0);",
    becomes: ";",
    check: checkSleep,
  },
  {
    claim: "the clock stands when the leader has control",
    file: sleep,
    line: "if (s.current === LEADER) s.ticking = null;",
    becomes: ";",
    check: checkSleep,
  },
  {
    claim: "whoever waits for what somebody holds waits for others than itself",
    file: dump,
    line: "return holder === null ? [] : [holder];",
    becomes: "return holder === null ? [] : [who];",
    check: [dump],
  },
  {
    claim: "whoever is held up by others waits for something that has a name",
    file: dump,
    line: "return m === undefined ? null : nameOf(m);",
    becomes: "return m === undefined ? null : null;",
    check: [dump],
  },
  {
    claim: "nobody is listed who has ended, or has never run",
    file: looks,
    line: 'names.push(...s.status.keys().filter((who) => s.status.at(who) === "suspended"));',
    becomes: 'names.push(...s.status.keys().filter((who) => s.status.at(who) !== "running"));',
    check: [dump],
  },
  {
    claim: "those who wait for one another in a circle are suspended",
    file: dump,
    line: "const holder = m === undefined ? null : s.holder.at(m);",
    becomes: 'const holder = s.holder.at(m ?? "m1");',
    check: [dump],
  },
  {
    claim: "nobody has woken those who wait for one another in a circle",
    file: dump,
    line: "const holder = m === undefined ? null : s.holder.at(m);",
    becomes: 'const holder = s.holder.at(m ?? "m2");',
    check: [dump],
  },
  {
    claim: "a slice is open for each who is entered, and for nobody else",
    file: timeline,
    line:
      "for (let who = s.current; who !== LEADER; who = s.caller.at(who) ?? LEADER) s.slices.unshift(who);",
    becomes: "if (s.current !== LEADER) s.slices.push(s.current);",
    check: [timeline],
  },
  {
    claim: "an arrow leads to nobody who runs",
    file: timeline,
    line: "for (const who of s.arrows.keys()) s.arrows.set(who, s.woken.at(who));",
    becomes: "for (const who of s.arrows.keys()) if (s.woken.at(who)) s.arrows.set(who, true);",
    check: [timeline],
  },
  {
    claim: "whatever has something inside can have it",
    file: messages,
    line:
      "!s.circle && (s.inside.length === 0 || !INNERMOST.has(s.inside.at(s.inside.length - 1)));",
    becomes: "!s.circle;",
    check: [messages],
  },
  {
    claim: "what is inside itself can be",
    file: messages,
    line: "when: (s: State) => s.inside.length > 0 && canHoldMore(s),",
    becomes: "when: (s: State) => s.inside.length > 0,",
    check: [messages],
  },
  {
    claim: "it is known of those alone who have ended how they did",
    file: fates,
    line: 's.end.set(me, how === "returns" ? "returned" : "failed");',
    becomes: ";",
    check: [fates],
  },
  {
    claim: "whoever waits for a promise is counted",
    file: fates,
    line: "s.waiting--;",
    becomes: ";",
    check: [fates],
  },
  {
    claim: "who has ended follows no signal",
    file: fates,
    line: "if (who === FIRST) s.follows = false;",
    becomes: ";",
    check: [fates],
  },
  {
    claim: "nobody waits for one that is known to be over",
    file: nodeStream,
    line: "if (s.over === null) return undefined;",
    becomes: 'if (s.over !== "ended") return undefined;',
    check: [nodeStream],
  },
  {
    claim: "whoever waits will be told when there is more",
    file: nodeStream,
    line: "if (s.over === null) s.asked = true;",
    becomes: ";",
    check: [nodeStream],
  },
  {
    claim: "nobody waits for what is there",
    file: nodeStream,
    line: "return s.asked ? look(s) : undefined;",
    becomes: "return undefined;",
    check: [nodeStream],
  },
  {
    claim: "a failure is told",
    file: nodeStream,
    line: 'if (how !== "ended") s.told ??= how;',
    becomes: ";",
    check: [nodeStream],
  },
  {
    claim: "whoever has cancelled asks for nothing",
    file: nodeStream,
    line: "s.asked = false;",
    becomes: ";",
    check: [nodeStream],
  },
  {
    claim: "whoever waits has a call under way",
    file: calls,
    line: "s.underWay.set(who, true);",
    becomes: ";",
    check: [calls],
  },
  {
    claim: "nothing goes on in the thread that nobody waits for",
    file: calls,
    line: "s.underWay.set(who, false);",
    becomes: ";",
    check: [calls],
  },
  {
    claim: "nobody is told who has not asked",
    file: answers,
    line: "s.asked = true;",
    becomes: ";",
    check: [answers],
  },
  {
    claim: "one that says what it has failed with tells it",
    file: nodeSink,
    line: 's.told ??= "failed";',
    becomes: ";",
    check: [nodeSink],
  },
  {
    claim: "as long as anything is set, somebody looks by and by",
    file: brokenClock,
    line: "s.due = null;",
    becomes: ";",
    check: [brokenClock],
  },
  {
    claim: "a clock that has failed is asked again",
    file: brokenClock,
    line: "s.retry = true;",
    becomes: ";",
    check: [brokenClock],
  },
  {
    claim: "whoever waits will be told",
    file: promises,
    line: 'const asks = which === "own" || waiting(s, which) === s.asked.at(which);',
    becomes: 'const asks = which === "own" || s.asked.at(which) === 0;',
    check: [promises],
  },
  {
    claim: "a promise of the host's is asked no more often than ever waited for it at once",
    file: promises,
    line: 'const asks = which === "own" || waiting(s, which) === s.asked.at(which);',
    becomes: "const asks = s !== undefined;",
    check: [promises],
  },
  {
    claim: "whoever listens will be told",
    file: signals,
    line: "return s.listeners.length === 0 ? leave(s) : [];",
    becomes: "return leave(s);",
    check: [signals],
  },
  {
    claim: "who was told listens no more",
    file: signals,
    line: 'if (s.does.at(me) !== "frees") continue;',
    becomes: 'if (s.does.at(me) === "fails") break;',
    check: [signals],
  },
  {
    claim: "a signal that can be left has no listener of ours when nobody listens",
    file: signals,
    line: "return s.listeners.length === 0 ? leave(s) : [];",
    becomes: "return [];",
    check: [signals],
  },
  {
    claim: "an alarm is next as long as any is set",
    file: alarms,
    line: "findNext(s);",
    becomes: "s.next = null;",
    check: [alarms],
  },
  {
    claim: "no alarm is due before the next one",
    file: alarms,
    line: "if (one.set && (s.next === null || one.at < s.alarms.at(s.next).at)) s.next = i;",
    becomes: "if (one.set && s.next === null) s.next = i;",
    check: [alarms],
  },
  {
    claim: "of alarms that are due at once, the one that was set first is next",
    file: alarms,
    line: "if (one.set && (s.next === null || one.at < s.alarms.at(s.next).at)) s.next = i;",
    becomes: "if (one.set && (s.next === null || one.at <= s.alarms.at(s.next).at)) s.next = i;",
    check: [alarms],
  },
  {
    claim: "what has rung or was cancelled rings no more",
    file: alarms,
    line: "findNext(s);",
    becomes: "if (!s.alarms.some(({ set }) => set)) findNext(s);",
    check: [alarms],
  },
  {
    claim: "where somebody can never go on, some wait for one another in a circle",
    file: circles,
    line: "const reached = new Set(next(who));",
    becomes: "const reached = new Set<string>();",
    check: [circles],
  },
  {
    claim: "whoever waits for nothing can go on",
    file: circles,
    line: "return isAny ? ones.every(isLeft) : ones.some(isLeft);",
    becomes: "return isAny ? ones.some(isLeft) : ones.every(isLeft);",
    check: [circles],
  },
];
