/**
 * More bugs planted in the specs, of groups, pools, the buffer, and about those who pass a line: each
 * breaks one claim, which must notice.
 *
 * @module
 */
import type { SpecMutant } from "./_mutant.ts";

const scope = "model/specs/tasks/scope.ts";
const pool = "model/specs/tasks/task_pool.ts";
const buffer = "model/specs/locks/bounded_buffer.ts";
const rwLock = "model/specs/locks/co_rw_lock.ts";
const semaphore = "model/specs/locks/co_semaphore.ts";
const checkRwLock = [rwLock, "--set", "coroutines=3"];
const checkSemaphore = [semaphore, "--set", "coroutines=3"];
const checkScope = [scope, "--set", "coroutines=3", "--set", "cancels=1"];
const checkPool = [pool, "--set", "coroutines=4", "--set", "slots=1", "--set", "timed=1"];
const checkBuffer = [buffer, "--set", "coroutines=4", "--set", "timed=1", "--set", "nested=false"];

/** For each claim, a model that breaks it. */
export const taskSpecMutants: readonly SpecMutant[] = [
  {
    claim: "a parent outlives its children",
    file: scope,
    line: "if (children(s, me).length > 0) {",
    becomes: "if (children(s, me).length > 1) {",
    check: checkScope,
  },
  {
    claim: "a parent waits as long as a child has not ended",
    file: scope,
    line: "s.joins.set(me, true);",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "nobody waits for children that have all ended",
    file: scope,
    line: "if (s.joins.at(parent) && children(s, parent).length === 0) {",
    becomes: "if (s.joins.at(parent) && children(s, parent).length > 0) {",
    check: checkScope,
  },
  {
    claim: "whoever waits for its children is suspended",
    file: scope,
    line: "s.joins.set(parent, false);",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "whoever waits for its children is in no list, and out of reach",
    file: scope,
    line: "leave: (s, who) => s.joins.set(who, false),",
    becomes: "leave: () => {},",
    check: checkScope,
  },
  {
    claim: "when a group is over, all its children are cancelled",
    file: scope,
    line: "if (s.over.at(parent)) life.cancel(s, who);",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "no failure is lost: a parent that will be told is suspended",
    file: scope,
    line: "s.failures.at(parent).clear();",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "no failure is lost: those of children wait for a parent that will be told",
    file: scope,
    line: "s.failures.at(parent).clear();",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "whoever has ended is nobody's child",
    file: scope,
    line: "s.parent.set(child, null);",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "whoever has ended has no group",
    file: scope,
    line: "s.kind.set(parent, null);",
    becomes: ";",
    check: checkScope,
  },
  {
    claim: "no more tasks run than there are slots",
    file: pool,
    line: 'if (wants === "slot") moveUp(s);',
    becomes: 'moveUp(s); if (wants === "slot") ;',
    check: checkPool,
  },
  {
    claim: "nobody waits for a slot that is free",
    file: pool,
    line: "moveUp(s);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "nobody overtakes: each stands behind those alone who came before it",
    file: pool,
    line: "stand(s, s.line, s.current);",
    becomes: "s.line.push(s.current);",
    check: checkPool,
  },
  {
    claim: "nobody waits for a task where none runs",
    file: pool,
    line: "tellAll(s, s.forOne);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "nobody waits for all tasks where none runs",
    file: pool,
    line: "wake(s, s.lastTold);",
    becomes: "s.forAll.push(s.lastTold); break;",
    check: checkPool,
  },
  {
    claim: "whoever waits for all waits for tasks that run",
    file: pool,
    line: "if (awaits(s, who, task)) s.awaited.set(who, s.awaited.at(who) - bitOf(s, task));",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "those wait for tasks who wait for all, and nobody else",
    file: pool,
    line: "s.awaited.set(who, 0);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "whoever waits for all waits for what those start, too",
    file: pool,
    line: "if (awaits(s, who, s.current)) s.awaited.set(who, s.awaited.at(who) + bitOf(s, task));",
    becomes: ";",
    check: [pool, "--set", "coroutines=4", "--set", "slots=2"],
  },
  {
    claim: "whoever was given a slot goes on",
    file: pool,
    line: "wake(s, who);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "who has ended is no task any more",
    file: pool,
    line: "s.task.set(task, false);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "whoever is ready holds the mutex",
    file: buffer,
    line: 's.phase.set(me, "idle");',
    nth: 1,
    becomes: ";",
    check: checkBuffer,
  },
  {
    claim: "whoever is ready finds it so: there is room, or something to take",
    file: buffer,
    line: "if (possible(s, me)) {",
    becomes: 'if (possible(s, me) || s.phase.at(me) === "waits") {',
    check: checkBuffer,
  },
  {
    claim: "whoever waits with the mutex has it again when it goes on",
    file: buffer,
    line: 'if (phase !== "locks" && phase !== "waits") return true;',
    becomes: 'if (phase !== "locks") return true;',
    check: checkBuffer,
  },
  {
    claim:
      "no wake-up is lost: nobody waits for what is there, unless another one is on its way to it",
    file: buffer,
    line: "if (others.length > 0) wake(s, others.shift());",
    nth: 1,
    becomes: ";",
    check: checkBuffer,
  },
  {
    claim: "nobody passes those who stand in line",
    file: pool,
    line: "if (s.line.length === 0 && slots(s) > 0) {",
    becomes: "if (slots(s) >= 0) {",
    check: checkPool,
  },
  {
    claim: "nobody passes those who stand in line",
    file: rwLock,
    line: "if (s.tickets.length === 0 && couldHave(s, mode)) return have(s, mode);",
    becomes: "if (couldHave(s, mode)) return have(s, mode);",
    check: checkRwLock,
  },
  {
    claim: "nobody passes those who stand in line",
    file: semaphore,
    line: "if (s.line.length > 0 || s.available < n) return false;",
    becomes: "if (s.available < n) return false;",
    check: checkSemaphore,
  },
  {
    claim: "a failure is kept by one that may yet ask for it",
    file: pool,
    line: "handOn(s, s.current);",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "the host is told of no failure for which somebody may yet ask",
    file: pool,
    line: "if (keeper !== null) continue;",
    becomes: ";",
    check: checkPool,
  },
  {
    claim: "nobody waits for more permits than there are",
    file: semaphore,
    line: 'if (s.wants.at(who) > most(s)) life.giveUp(s, who, "its wait failed");',
    becomes: ";",
    check: [...checkSemaphore, "--set", "resized=true"],
  },
];
