/**
 * Planted bugs in what starts coroutines inside others: groups, all, race, scopes, pools.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const group = "src/tasks/_group.ts";
const all = "src/tasks/all.ts";
const scope = "src/tasks/scope.ts";
const withTimeout = "src/tasks/with_timeout.ts";
const pool = "src/tasks/task_pool.ts";
const fate = "src/core/_fate.ts";
const limits = "src/time/_limits.ts";

/** Bugs in groups and pools. */
export const taskMutants: readonly Mutant[] = [
  {
    name: "a failure of a child is told to its enterer, too",
    file: fate,
    line: "const told = this.owner !== null || this.endsBy(outcome);",
    becomes: "const told = this.endsBy(outcome);",
    spec: "scope",
  },
  {
    name: "the parent goes on when the first child has ended",
    file: group,
    line: "if (this.#running.size > 0 || parent === null) return;",
    becomes: "if (parent === null) return;",
    spec: "scope",
  },
  {
    name: "the last child ends, and the parent is not told",
    file: group,
    line: "grant(parent);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a child that was cancelled counts as a failure",
    file: group,
    line: "if (failed && !fateOf(child).endsBy(outcome)) {",
    becomes: "if (failed) {",
    spec: "scope",
  },
  {
    name: "a parent that is cancelled leaves its children alone",
    file: group,
    line: "this.cancel(error);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a parent that is cancelled goes on before its children have ended",
    file: group,
    line: "if (this.#running.size === 0) throw this.errorOr(error);",
    becomes: "throw this.errorOr(error);",
    spec: "scope",
  },
  {
    name: "a child that is started after the end is not cancelled",
    file: group,
    line: "if (this.#cancelled !== null) cancel(child, this.#cancelled.reason);",
    becomes: ";",
    spec: "scope",
  },
  {
    name:
      "who is started when the others were cancelled already has another reason, and it is not kept",
    file: group,
    line: "this.#cancelled = { reason };",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a new child does not run",
    file: group,
    line: "grant(child);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "several failures: only the first is told",
    file: group,
    line: "if (failures.length === 1) return failures[0];",
    becomes: "if (failures.length >= 1) return failures[0];",
    spec: "scope",
  },
  {
    name: "a parent that is cancelled is told of its last child all the same",
    file: group,
    line: "this.#waits(null);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "in all(), a failure lets the others go on",
    file: all,
    line: "group.cancel(outcome);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "all() loses a failure",
    file: all,
    line: "if (firstFailed !== undefined) throw group.errorOr(fateOf(firstFailed).outcome);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "in all(), a child that succeeds ends the others",
    file: all,
    line: "if (!failed) return;",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "all() gives the results in another order",
    file: all,
    line: "return children.map(resultOf) as Results<T>;",
    becomes: "return children.reverse().map(resultOf) as unknown as Results<T>;",
    spec: "scope",
  },
  {
    name: "the last one wins the race",
    file: all,
    line: "if (fateOf(child).endsBy(outcome) || winner !== undefined) return;",
    becomes: "if (fateOf(child).endsBy(outcome)) return;",
    spec: "scope",
  },
  {
    name: "one that was cancelled wins the race",
    file: all,
    line: "if (fateOf(child).endsBy(outcome) || winner !== undefined) return;",
    becomes: "if (winner !== undefined) return;",
    spec: "scope",
  },
  {
    name: "the losers of a race go on",
    file: all,
    line: "group.cancel(`${child.name} has won the race`);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "race() loses the failures of those who clean up",
    file: all,
    line: "if (group.failures.length > 0) throw group.errorOr(undefined);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a scope does not wait for those that were started in it",
    file: scope,
    line: "const child = group.adopt(entry, ...args);",
    becomes: 'const child = new Group("other").adopt(entry, ...args);',
    spec: "scope",
  },
  {
    name: "in a scope, a failure lets the others go on",
    file: scope,
    line:
      "if (failed && (child === main || !fateOf(child).endsBy(outcome))) group.cancel(outcome);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a child that is cancelled ends its scope",
    file: scope,
    line:
      "if (failed && (child === main || !fateOf(child).endsBy(outcome))) group.cancel(outcome);",
    becomes: "if (failed) group.cancel(outcome);",
    spec: "scope",
  },
  {
    name: "a body that is cancelled leaves those it has started",
    file: scope,
    line:
      "if (failed && (child === main || !fateOf(child).endsBy(outcome))) group.cancel(outcome);",
    becomes: "if (failed && !fateOf(child).endsBy(outcome)) group.cancel(outcome);",
    spec: "scope",
  },
  {
    name: "a scope that was cancelled passes for one that has finished",
    file: scope,
    line: "if (cancelled !== undefined) throw cancelled;",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "cancelling a scope cancels nobody",
    file: scope,
    line: "group.cancel(reason);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a scope loses the failures of its children",
    file: scope,
    line: "if (group.failures.length > 0) throw group.errorOr(undefined);",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "the alarm of withTimeout() is left behind",
    file: withTimeout,
    line: "alarm.cancel();",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "withTimeout() gives up on what it does not cancel",
    file: withTimeout,
    line: "if (late === undefined) cancel(child, timeout);",
    becomes: "if (late === undefined) { /* */ }",
    spec: "scope",
  },
  {
    name: "withTimeout() tells of a time-out though its function has returned",
    file: withTimeout,
    line: "if (timeout !== undefined && (late !== undefined || wasCancelled())) throw timeout;",
    becomes: "if (timeout !== undefined) throw timeout;",
    spec: "scope",
  },
  {
    name: "a time-out passes for a cancellation",
    file: withTimeout,
    line: "if (timeout !== undefined && (late !== undefined || wasCancelled())) throw timeout;",
    becomes: ";",
    spec: "scope",
  },
  {
    name: "a task that ends keeps its slot",
    file: pool,
    line: "this.#group = new Group(`${this}`, () => this.#slots.release(), () => this.#ended());",
    becomes: "this.#group = new Group(`${this}`, () => {}, () => this.#ended());",
    spec: "task_pool",
  },
  {
    name: "those who wait for one task are not told",
    file: pool,
    line: "this.#one.tell();",
    becomes: ";",
    spec: "task_pool",
  },
  {
    name: "those who wait for all tasks are told of each",
    file: pool,
    line: "if (this.busy === 0) this.#all.tell();",
    becomes: "this.#all.tell();",
    spec: "task_pool",
    at: "4 coroutines, 2 starters, 2 slots",
  },
  {
    name: "those who wait for all tasks are never told",
    file: pool,
    line: "if (this.busy === 0) this.#all.tell();",
    becomes: ";",
    spec: "task_pool",
  },
  {
    name: "only one of those who wait for tasks is told",
    file: pool,
    line: "for (let co; (co = this.shift()) !== null;) grant(co);",
    becomes: "for (let co = this.shift(); co !== null; co = null) grant(co);",
    spec: "task_pool",
  },
  {
    name: "waitSlot() keeps the slot that it has waited for",
    file: pool,
    line: "this.#slots.release();",
    nth: 1,
    becomes: ";",
    spec: "task_pool",
  },
  {
    name: "start() takes no slot",
    file: pool,
    line: "yield* this.#slots.acquire();",
    becomes: ";",
    spec: "task_pool",
  },
  {
    name: "a task does not run at once",
    file: pool,
    line: "child.enter();",
    becomes: "grant(child);",
    spec: "task_pool",
  },
  {
    name: "waitAll() goes on though others have been started since",
    file: pool,
    line: "next(): IteratorResult<void, void> {",
    becomes:
      "next(token?: unknown): IteratorResult<void, void> { if (token === RESUME) return DONE;",
    spec: "task_pool",
  },
  {
    name: "waitAll() loses the failure",
    file: pool,
    line: "if (this.group.failures.length > 0) throw this.group.failures[0];",
    becomes: ";",
    spec: "task_pool",
  },
  {
    name: "waitAll() tells of the last failure",
    file: pool,
    line: "if (this.group.failures.length > 0) throw this.group.failures[0];",
    becomes: "if (this.group.failures.length > 0) throw this.group.failures.at(-1);",
    spec: "task_pool",
  },
  {
    name: "waitOne() waits where no task runs",
    file: pool,
    line: "if (this.group.running === 0) {",
    becomes: "if (this.group.running < 0) {",
    spec: "task_pool",
  },
  {
    name: "cancelling a pool cancels the first task alone",
    file: pool,
    line: "for (const task of this.#group.children) cancel(task, reason);",
    becomes: "for (const task of this.#group.children.slice(0, 1)) cancel(task, reason);",
    spec: "task_pool",
    at: "4 coroutines, 2 starters, 2 slots",
  },
  {
    name: "waitAll() loses its limit when it waits on",
    file: limits,
    line: "if (result?.done !== false || placeOf(cpu.current) !== this.#place) this.#disarm();",
    becomes: "this.#disarm();",
    spec: "task_pool",
    at: "4 coroutines, 2 starters, 1 slot, 1 cancelled, 1 timed",
  },
  {
    name: "a time-out that came too early for waitAll() is forgotten",
    file: limits,
    line: "if (this.#late !== null) this.#giveUp(this.#late.error);",
    becomes: ";",
    spec: "task_pool",
    at: "4 coroutines, 2 starters, 1 slot, 1 cancelled, 1 timed",
  },
];
