/**
 * Planted bugs in handlers of events and descriptors, and where contexts and locks meet.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const co = "src/core/coroutine.ts";
const context = "src/contexts/aio_context.ts";
const event = "src/contexts/event_notifier.ts";
const fd = "src/contexts/_fd.ts";
const handler = "src/contexts/_handler.ts";
const loop = "src/contexts/_loop.ts";
const mutex = "src/locks/co_mutex.ts";
const poller = "src/contexts/_poller.ts";
const queue = "src/locks/co_queue.ts";
const ready = "src/contexts/_ready_list.ts";
const source = "src/contexts/_source.ts";
const until = "src/core/until.ts";
const withPromises = "2 coroutines, 1 cancelled, promises, closing";
const byDescriptor = "1 context, 1 descriptor, 2 rounds, waiting";
const bySeveral = "2 contexts, 1 descriptor, 1 round, not waiting";
const byTwo = "1 context, 2 descriptors, 1 round, not waiting";
const byTwoEvents = "1 context, 2 events, 2 rounds, waiting";
const byTwoContexts = "2 contexts, 1 event, 2 rounds, waiting";

/** Bugs in handlers. */
export const handlerMutants: readonly Mutant[] = [
  {
    name: "a handler that is set while its source is ready waits for the next time",
    file: handler,
    line: "this.#look();",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a handler is called once, though nobody has taken what has come",
    file: handler,
    line: "this.#look();",
    nth: 1,
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a handler that fails is not called again, though nobody has taken what has come",
    file: handler,
    line: "this.#loop.errors.push(error);",
    becomes: "this.#loop.errors.push(error); return true;",
    spec: "handlers",
  },
  {
    name: "a failure of a handler is lost",
    file: handler,
    line: "this.#loop.errors.push(error);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a handler is called though its source is not ready any more",
    file: handler,
    line: "if (!this.#source.ready) return false;",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "that a handler was not called is progress",
    file: handler,
    line: "if (!this.#source.ready) return false;",
    becomes: "if (!this.#source.ready) return true;",
    spec: "handlers",
  },
  {
    name: "a handler that was called is no progress",
    file: handler,
    line: "return true;",
    becomes: "return false;",
    spec: "handlers",
  },
  {
    name: "a handler that was removed is called once more",
    file: handler,
    line: "if (this.list !== null) this.list.remove(this);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a handler that has removed itself comes back when it returns",
    file: handler,
    line: "if (this.#unwatch === null || this.list !== null || !this.#source.ready) return;",
    becomes: "if (this.list !== null || !this.#source.ready) return;",
    spec: "handlers",
  },
  {
    name: "a handler is put into the list twice",
    file: handler,
    line: "if (this.#unwatch === null || this.list !== null || !this.#source.ready) return;",
    becomes: "if (this.#unwatch === null || !this.#source.ready) return;",
    spec: "handlers",
    hangs: true,
  },
  {
    name: "a handler is put into the list, and nobody is notified",
    file: handler,
    line: "this.#loop.notify();",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a handler that was removed still watches",
    file: handler,
    line: "unwatch?.();",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a source keeps both handlers, the old one and the new one",
    file: handler,
    line: "loop.handlers.get(key)?.delete();",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a context forgets which handlers it has",
    file: handler,
    line: "loop.handlers.set(key, this);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a context remembers handlers that were removed",
    file: handler,
    line: "if (handlers.get(this.#key) === this) handlers.delete(this.#key);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a context can be closed though it has handlers",
    file: handler,
    line: "loop.live.add(this);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a context cannot be closed though its handlers were removed",
    file: handler,
    line: "live.delete(this);",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a closed context takes handlers",
    file: context,
    line: 'loop.mustBeOpen("set a handler in");',
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "whoever stops the thread for a poll may do so anywhere",
    file: context,
    line: "loop.mustPoll();",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "whoever stops the thread for a poll waits though there is something to do",
    file: loop,
    line: "while (!this.notified && !this.busy) {",
    becomes: "while (!this.notified) {",
    spec: "handlers",
    at: byTwoEvents,
  },
  {
    name: "whoever stops the thread for a poll waits though it was notified",
    file: loop,
    line: "while (!this.notified && !this.busy) {",
    becomes: "while (!this.busy) {",
    spec: "handlers",
  },
  {
    name: "sources that are ready are nothing to do",
    file: loop,
    line: "return this.bottomHalves.urgent || !this.sources.empty || !this.due.empty ||",
    becomes: "return this.bottomHalves.urgent || !this.due.empty ||",
    spec: "handlers",
  },
  {
    name: "sources that are ready are looked at by nobody",
    file: loop,
    line: "if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true;",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "handlers that were called are no progress of the round",
    file: loop,
    line: "if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true;",
    becomes: "if (!this.sources.empty) this.sources.round(this.context, errors);",
    spec: "handlers",
  },
  {
    name: "what becomes ready in a round is handled in that round",
    file: ready,
    line: "ready.round = this.#rounds;",
    becomes: "ready.round = 0;",
    spec: "handlers",
    hangs: true,
  },
  {
    name: "an event tells the first one that watches",
    file: source,
    line: "for (const one of [...this.#all]) {",
    becomes: "for (const one of [...this.#all].slice(0, 1)) {",
    spec: "handlers",
    at: byTwoContexts,
  },
  {
    name: "an event tells each time that it is set",
    file: event,
    line: "if (this.#ready) return;",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "an event tells before it is ready",
    file: event,
    line: "this.#ready = true;",
    becomes: "this.#watchers.tell(); this.#ready = true; return;",
    spec: "handlers",
  },
  {
    name: "an event stays ready when it is cleared",
    file: event,
    line: "this.#ready = false;",
    becomes: ";",
    spec: "handlers",
  },
  {
    name: "a descriptor that is found not to be ready is not waited for",
    file: fd,
    line: "if (this.#watchers.size > 0) this.#poller.arm(this.#fd, this);",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a descriptor that nobody has looked at yet is not waited for",
    file: fd,
    line: "this.#poller.arm(this.#fd, this);",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a descriptor that nobody watches any more is waited for",
    file: fd,
    line: "if (this.#watchers.size === 0) this.#poller.disarm(this.#fd, this);",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a descriptor is not waited for any more when one of its handlers is replaced",
    file: fd,
    line: "if (this.#watchers.size === 0) this.#poller.disarm(this.#fd, this);",
    becomes: "this.#poller.disarm(this.#fd, this);",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "nobody is told of a descriptor",
    file: fd,
    line: "this.#watchers.tell();",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "of several who watch one descriptor, one is told",
    file: poller,
    line: "if (those !== undefined) return void those.add(told);",
    becomes: "if (those !== undefined) return;",
    spec: "handlers",
    at: bySeveral,
  },
  {
    name: "one that watches a descriptor no more takes the others along",
    file: poller,
    line: "if (those?.delete(told) !== true || those.size > 0) return;",
    becomes: "if (those?.delete(told) !== true) return;",
    spec: "handlers",
    at: bySeveral,
  },
  {
    name: "the call that waits learns nothing of another descriptor",
    file: poller,
    line: "if (this.#waiting) this.#wake(libc);",
    becomes: "if (this.#waiting) ;",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "two calls wait at once",
    file: poller,
    line: "if (this.#waiting) this.#wake(libc);",
    becomes: "if (false) ;",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "the call waits for what nobody watches any more: the program does not end",
    file: poller,
    line: "if (this.#waiting) this.#wake(this.#use());",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a call that was woken for another descriptor is woken for ever",
    file: poller,
    line: "if (isReadyIn(all, 0)) libc.read(this.#wakeFd, new Uint8Array(8), 8n);",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "a descriptor that was told of is still waited for: the host has no rest",
    file: poller,
    line: "this.#armed.delete(fd);",
    nth: 1,
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "whoever waits is forgotten when the host has come back",
    file: poller,
    line: "if (this.#armed.size > 0) return this.#wait(libc);",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "the host is thought to wait when nobody does any more",
    file: poller,
    line: "this.#waiting = false;",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "the library is closed while the host waits",
    file: poller,
    line: "if (this.#waiting || libc === null) return;",
    becomes: "if (libc === null) return;",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "the library is never closed",
    file: poller,
    line: "this.#libc = null;",
    becomes: ";",
    spec: "handlers",
    at: byDescriptor,
  },
  {
    name: "of two descriptors that are ready at once, one is told of",
    file: poller,
    line: "for (const one of those) tell(one);",
    becomes: "for (const one of those) { tell(one); i = fds.length; }",
    spec: "handlers",
    at: byTwo,
  },
  {
    name: "a round comes to sources before what is scheduled",
    file: loop,
    line: "progress = this.bottomHalves.round(this.context, errors);",
    becomes:
      "if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true; if (this.bottomHalves.round(this.context, errors)) progress = true;",
    spec: "one_round",
  },
  {
    name: "a round comes to timers before sources",
    file: loop,
    line: "if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true;",
    becomes:
      "this.timers.ring(); if (!this.due.empty && this.due.round(this.context, errors)) progress = true; if (!this.sources.empty && this.sources.round(this.context, errors)) progress = true;",
    spec: "one_round",
  },
  {
    name: "timers are found to be due before what is scheduled has run",
    file: loop,
    line: "progress = this.bottomHalves.round(this.context, errors);",
    becomes: "this.timers.ring(); progress = this.bottomHalves.round(this.context, errors);",
    spec: "one_round",
  },
  {
    name: "what a bottom half has made ready waits for the next round",
    file: loop,
    line: "progress = this.bottomHalves.round(this.context, errors);",
    becomes:
      "const some = !this.sources.empty; progress = this.bottomHalves.round(this.context, errors); if (!some) { this.timers.ring(); if (!this.due.empty && this.due.round(this.context, errors)) progress = true; return progress; }",
    spec: "one_round",
  },
  {
    name: "whoever is scheduled by a coroutine that runs is resumed in that round",
    file: loop,
    line: "this.coming = this.going;",
    becomes: "this.coming = going;",
    spec: "one_round",
  },
  {
    name: "who is handed a mutex in another context can be scheduled once more",
    file: loop,
    line: "put(co, coming);",
    becomes: ";",
    spec: "context_locks",
  },
  {
    name: "one that waits for a mutex can be scheduled in a context",
    file: co,
    line: "if (co.#place !== null) return refused(core, verb, co, co.#place);",
    becomes:
      'if (co.#place !== null && (verb !== "schedule" || co.#place.refusal !== "waiting")) return refused(core, verb, co, co.#place);',
    spec: "context_locks",
  },
  {
    name: "one that waits for a mutex can be entered through a context",
    file: context,
    line: "if (error !== null) throw error;",
    becomes: 'if (error !== null && error.code !== "waiting") throw error;',
    spec: "context_locks",
  },
  {
    name: "one that has scheduled itself may wait for a mutex: it is in two lists",
    file: co,
    line:
      "if (co.#place !== null || co.#top === null) throw cannotPark(co, co.#top !== null, place);",
    becomes: "if (co.#top === null) throw cannotPark(co, co.#top !== null, place);",
    spec: "context_locks",
  },
  {
    name: "one that has scheduled itself gives its mutex back, and cannot wait",
    file: queue,
    line: "if (this.front) this.line.parkFirst();",
    becomes: "lock.unlock(); if (this.front) this.line.parkFirst();",
    spec: "context_locks",
  },
  {
    name: "whoever waits for a mutex at the end of its holder is told in the holder's context",
    file: mutex,
    line: "for (let co; (co = this.shift()) !== null;) grant(co);",
    becomes:
      "for (let co; (co = this.shift()) !== null;) { const { home } = cpu; cpu.home = core.homeOf(co); try { grant(co); } finally { cpu.home = home; } }",
    spec: "context_locks",
  },
  {
    name: "whoever waits for a promise goes on where that settles",
    file: until,
    line: "grant(co);",
    becomes:
      "const { home } = cpu; cpu.home = core.homeOf(co); try { grant(co); } finally { cpu.home = home; }",
    spec: "context_locks",
    at: withPromises,
  },
  {
    name: "whoever waits for a promise that fails goes on where that settles",
    file: until,
    line: "grant(co);",
    nth: 1,
    becomes:
      "const { home } = cpu; cpu.home = core.homeOf(co); try { grant(co); } finally { cpu.home = home; }",
    spec: "context_locks",
    at: withPromises,
  },
];
