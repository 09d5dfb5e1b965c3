/**
 * Bugs planted in the specs of contexts: each breaks one claim, which must notice.
 *
 * @module
 */
import type { SpecMutant } from "./_mutant.ts";

const context = "model/specs/contexts/aio_context.ts";
const contexts = "model/specs/contexts/_contexts.ts";
const half = "model/specs/contexts/bottom_half.ts";
const rounds = "model/specs/contexts/_rounds.ts";
const timer = "model/specs/contexts/timer.ts";
const notify = "model/specs/contexts/notify.ts";
const reader = "model/specs/io/co_reader.ts";
const writer = "model/specs/io/co_writer.ts";
const readable = "model/specs/io/readable.ts";
const reads = "model/specs/io/reading.ts";
const checkWriter = [writer, "--set", "coroutines=2", "--set", "bytes=3"];
const checkReadable = [readable, "--set", "coroutines=3"];
const checkReader = [reader, "--set", "coroutines=3", "--set", "bytes=4"];
const checkContext = [context, "--set", "coroutines=2", "--set", "cancels=1"];
const checkHalf = [half];
const checkTimer = [timer];
const checkNotify = [notify];

/** For each claim, a model that breaks it. */
export const contextSpecMutants: readonly SpecMutant[] = [
  {
    claim: "no double scheduling: a coroutine is scheduled once, in one context, and not woken",
    file: contexts,
    line: 'barred: (s, who) => isScheduled(s, who) ? "already-scheduled" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkContext,
  },
  {
    claim: "whoever is about to be resumed by a context has yielded, or has never run",
    file: contexts,
    line: "if (s.round.length > 0) return life.resume(s, s.round.shift(), LEADER);",
    becomes: "if (s.round.length > 0) return life.resume(s, s.round.at(0), LEADER);",
    check: checkContext,
  },
  {
    claim: "whoever is about to be resumed by a context has not ended",
    file: contexts,
    line: "leave(s.round, who);",
    becomes: ";",
    check: checkContext,
  },
  {
    claim: "a coroutine is in a context's list once",
    file: contexts,
    line: "who === s.current && !isScheduled(s, who) ? undefined : life.why(s, who);",
    becomes: "who === s.current ? undefined : life.why(s, who);",
    check: checkContext,
  },
  {
    claim: "whoever is scheduled has not ended",
    file: contexts,
    line: "for (const context of CONTEXTS) leave(s.scheduled.at(context), s.current);",
    becomes: ";",
    check: checkContext,
  },
  {
    claim: "whoever runs is at home where it runs",
    file: contexts,
    line: "s.home.set(s.current, here(s));",
    becomes: 's.home.set(s.current, "main");',
    check: checkContext,
  },
  {
    claim: "nothing is scheduled where nobody polls any more",
    file: contexts,
    line: "return home === null || home === here(s) || s.closed.at(home) ? null : home;",
    becomes: "return home === null || home === here(s) ? null : home;",
    check: checkContext,
  },
  {
    claim: "only the leader polls: a round is left to those whom it resumes",
    file: contexts,
    line: "s.polled = context;",
    becomes: "s.polled = null;",
    check: [context, "--set", "coroutines=3"],
  },
  {
    claim: "what is scheduled twice before it is called is called once",
    file: half,
    line: "if (!s.queue.includes(one)) {",
    becomes: "if (s.queue.length < who.length) {",
    check: checkHalf,
  },
  {
    claim: "what is scheduled in a round waits for the next one",
    file: rounds,
    line: "if (at < s.left.at(i)) s.left.set(i, s.left.at(i) - 1);",
    becomes: ";",
    check: checkHalf,
  },
  {
    claim: "a round inside another one calls what is left of that one, too",
    file: rounds,
    line: "s.left.push(s.queue.length);",
    becomes: "s.left.push(Math.min(s.queue.length, s.left.length === 0 ? 9 : 1));",
    check: checkHalf,
  },
  {
    claim: "each round calls one at a time",
    file: rounds,
    line: "s.running.push(one);",
    becomes: ";",
    check: checkHalf,
  },
  {
    claim: "what was deleted is never called again",
    file: half,
    line: "s.deleted.set(who, true);",
    becomes: "s.deleted.set(who, true); s.queue.push(who);",
    check: checkHalf,
  },
  {
    claim: "nothing runs in a closed context",
    file: half,
    line: "(s.left.length === 0 && s.queue.length === 0 && s.deleted.every((gone) => gone)),",
    becomes: "(s.queue.length === 0 && s.deleted.every((gone) => gone)),",
    check: checkHalf,
  },
  {
    claim: "a closed context is to call nothing",
    file: half,
    line: "s.queue.clear();",
    becomes: ";",
    check: checkHalf,
  },
  {
    claim: "only what is to be called is idle",
    file: half,
    line: "s.idle.set(one, false);",
    becomes: ";",
    check: checkHalf,
  },
  {
    claim: "those that are due first are called first",
    file: timer,
    line: "for (let i = s.set.length - 1; i > 0 && dueAt(s, s.set.at(i - 1)) > at; i--) {",
    becomes: "for (let i = 0; i > 0; i--) {",
    check: checkTimer,
  },
  {
    claim: "no timer is called before its time",
    file: timer,
    line:
      "for (const one of [...s.set].filter((one) => clockOf(one) === clock && isDue(s, one))) {",
    becomes: "for (const one of [...s.set].filter((one) => clockOf(one) === clock)) {",
    check: checkTimer,
  },
  {
    claim: "the clock of a timer that is set is looked at",
    file: timer,
    line:
      "s.clocks.assign([...s.clocks].filter((other) => s.set.some((one) => clockOf(one) === other)));",
    becomes: "s.clocks.clear();",
    check: [timer, "--set", "timers=3", "--set", "ticks=1", "--set", "clocks=2"],
  },
  {
    claim: "a timer that is set will be called: it is in one list",
    file: timer,
    line: "if (at >= 0) s.set.removeAt(at);",
    becomes: "if (at > 0) s.set.removeAt(at);",
    check: checkTimer,
  },
  {
    claim: "a poll never waits while there is something to do",
    file: notify,
    line: 's.waiter = s.notified || s.work ? "released" : "waits";',
    becomes: 's.waiter = "waits";',
    check: checkNotify,
  },
  {
    claim: "a notification is seen: no poll waits after it",
    file: notify,
    line: 's.waiter = s.notified || s.work ? "released" : "waits";',
    becomes: 's.waiter = s.work ? "released" : "waits";',
    check: checkNotify,
  },
  {
    claim: "what is to be done is: by the host, or by the poll whose wait is over",
    file: notify,
    line: "if (s.work) s.driven = true;",
    becomes: ";",
    check: checkNotify,
  },
  {
    claim: "no poll waits for a context that was closed",
    file: notify,
    line: 'if (s.waiter === "waits") s.waiter = "released";',
    nth: 1,
    becomes: ";",
    check: checkNotify,
  },
  {
    claim: "no byte is lost, and none is read twice",
    file: reader,
    line: "s.taken += count;",
    becomes: "if (s.line.length === 0) s.taken += count;",
    check: checkReader,
  },
  {
    claim: "nobody waits for what is there",
    file: reader,
    line: "tell(s);",
    nth: 2,
    becomes: ";",
    check: checkReader,
  },
  {
    claim: "nobody waits for more than will come",
    file: reader,
    line: "if (s.buffered < s.wants.at(who) && !isClosed(s)) s.asked = true;",
    becomes: "if (s.buffered < s.wants.at(who)) s.asked = true;",
    check: checkReader,
  },
  {
    claim: "as long as somebody waits, the host is asked for more, or somebody goes on",
    file: reader,
    line: "if (s.line.length === 0 && s.going === null) s.asked = true;",
    becomes: "if (s.line.length === 0 && s.buffered === 0) s.asked = true;",
    check: checkReader,
  },
  {
    claim: "whoever stands in the line is suspended, and not woken",
    file: reader,
    line: "s.line.shift();",
    becomes: ";",
    check: checkReader,
  },
  {
    claim: "no byte is lost, and none is sent twice",
    file: writer,
    line: "else s.sending.shift();",
    becomes: "else s.sending.clear();",
    check: checkWriter,
  },
  {
    claim: "nobody waits for what is over",
    file: writer,
    line: "if (s.waits.at(who) !== kind || !isOver(s, kind, s.marks.at(who))) continue;",
    becomes: "if (s.waits.at(who) !== kind || !isOver(s, kind, s.marks.at(who))) break;",
    check: checkWriter,
  },
  {
    claim: "as long as bytes are pending, the host has some, or will",
    file: writer,
    line: "if (s.written.length > 0) begin(s);",
    becomes: "if (s.written.length > 1) begin(s);",
    check: checkWriter,
  },
  {
    claim: "whoever stands in the line is suspended, and not woken",
    file: writer,
    line: "s.line.removeAt(s.line.indexOf(who));",
    becomes: ";",
    check: checkWriter,
  },
  {
    claim: "nobody waits for what is ready",
    file: readable,
    line: "for (const who of s.line) life.wake(s, who);",
    becomes: "if (s.line.length > 0) life.wake(s, s.line.shift()); return;",
    check: checkReadable,
  },
  {
    claim: "whoever watches is suspended, and not woken",
    file: readable,
    line: 'barred: (s, who) => s.line.includes(who) ? "already-scheduled" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkReadable,
  },
  {
    claim: "whoever waits watches, or has been woken",
    file: readable,
    line: "s.line.push(me);",
    becomes: ";",
    check: checkReadable,
  },
  {
    claim: "whoever is to go on has been woken",
    file: reader,
    line: "s.going = null;",
    becomes: ";",
    check: checkReader,
  },
  {
    claim: "nothing is dropped before it is cancelled, and nothing is left then",
    file: reader,
    line: "s.buffered = 0;",
    becomes: ";",
    check: checkReader,
  },
  {
    claim: "whoever goes on finds what it has waited for, whatever others have written",
    file: writer,
    line: "if (s.waits.at(who) !== kind || !isOver(s, kind, s.marks.at(who))) continue;",
    becomes: "if (s.waits.at(who) !== kind) continue;",
    check: checkWriter,
  },
  {
    claim: "of those who wait for the same, whoever has come first goes on first",
    file: writer,
    line: "s.marks.set(me, mark);",
    becomes: "s.marks.set(me, s.line.length > 0 ? 0 : mark);",
    check: checkWriter,
  },
  {
    claim: "the host is told of the end when it has taken everything",
    file: writer,
    line: 'if (kind === "closed" && s.closing === "no") s.closing = sends(s) ? "begun" : "told";',
    becomes: 'if (kind === "closed") s.closing = "told";',
    check: checkWriter,
  },
  {
    claim: "as long as somebody waits for the end, it comes",
    file: writer,
    line: 'else if (s.closing === "begun") s.closing = "told";',
    becomes: ";",
    check: checkWriter,
  },
  {
    claim: "nobody waits for what has come",
    file: reads,
    line: "if (n > 0) return `bytes${take(s, most === 0 ? n : Math.min(n, most))}`;",
    becomes: "if (n > 1) return `bytes${take(s, most === 0 ? n : Math.min(n, most))}`;",
    check: [reads],
  },
  {
    claim: "nobody waits when no more will come",
    file: reads,
    line: 'return s.ended ? "end" : undefined;',
    becomes: "return undefined;",
    check: [reads],
  },
  {
    claim: "whoever waits has asked for more",
    file: reads,
    line: "s.asked = true;",
    becomes: "s.asked = s.buffer.length === 0;",
    check: [reads],
  },
  {
    claim: "what somebody has given up to wait for is there",
    file: reads,
    line: "s.came++;",
    becomes: 'if (s.waits !== "nothing") s.came++;',
    check: [reads],
  },
  {
    claim: "a context knows of each wait there that ends by itself",
    file: "model/specs/contexts/awaited.ts",
    line: "s.known.set(home, s.known.at(home) + by * times);",
    becomes: "s.known.set(home, s.known.at(home) + by * Math.min(times, 1));",
    check: ["model/specs/contexts/awaited.ts"],
  },
  {
    claim: "the host is waited for as long as somebody waits for it",
    file: "model/specs/contexts/awaited.ts",
    line: "if (host) s.ofHost += by;",
    becomes: "if (host && by > 0) s.ofHost += by;",
    check: ["model/specs/contexts/awaited.ts"],
  },
];
