/**
 * The page that says what is verified, `docs/verified.md`: made from the table of what was seen.
 *
 * @module
 */
import { isPair, isRare, type Job, keyOf } from "./jobs.ts";
import { type Recorded, type Row, writeWhole } from "./record.ts";

/** Where it is, from the root of the project. */
export const PAGE = "docs/verified.md";
const URL_OF_PAGE = new URL("../../docs/verified.md", import.meta.url);

/** Writes the page, as `deno fmt` would have it. */
export async function writePage(recorded: Recorded, jobs: readonly Job[]): Promise<void> {
  const cwd = new URL("../../", import.meta.url);
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = fmt.stdin.getWriter();
  await writer.write(new TextEncoder().encode(pageOf(recorded, jobs)));
  await writer.close();
  const { success, stdout, stderr } = await fmt.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot format ${PAGE}: ${decoder.decode(stderr)}`);
  await writeWhole(URL_OF_PAGE, decoder.decode(stdout));
}

/** The page, but for the width of its columns and where its lines end. */
export function pageOf(recorded: Recorded, jobs: readonly Job[]): string {
  const each = jobs.filter((job) => !isRare(job));
  const rare = jobs.filter(isRare);
  const table = (head: readonly string[], chosen: readonly Job[], more: (row: Row) => string[]) =>
    [
      line(head),
      line(head.map((_, i) => i < 2 ? "---" : "---:")),
      ...chosen.map((job) => {
        const row = recorded.get(keyOf(job));
        const counts = isPair(job)
          ? [row?.states, row?.transitions, row?.replayed, row?.refused]
          : [row?.states, row?.operations];
        return line([
          code(job.name),
          code(job.scope),
          ...counts.map((count) => count?.toLocaleString("en") ?? "not yet"),
          ...(row === undefined ? head.slice(2 + counts.length).map(() => "") : more(row)),
        ]);
      }),
    ].join("\n");
  const when = (chosen: readonly Job[]) => (row: Row) => {
    const job = chosen.find((job) => keyOf(job) === keyOf({ name: row.spec, scope: row.scope }));
    // What is in small is in full: that goes without saying.
    return [job?.sizes.filter((size) => size !== "full").join(", ") ?? ""];
  };
  const last = (row: Row) => [
    row.commit === undefined ? "never" : code(row.commit),
    row.fails === undefined ? "holds" : `**fails: ${row.fails}**`,
  ];
  const specs = ["spec", "scope", "states", "transitions", "carried out", "refused"];
  const threads = ["code", "scope", "states", "operations"];
  const failing = jobs.flatMap((job) => recorded.get(keyOf(job)) ?? [])
    .filter(({ fails }) => fails !== undefined)
    .map(({ spec, scope, fails }) =>
      `**Something of this is not so**: ${code(spec)} at ${
        code(scope)
      } fails, as a claim is false there: ` +
      `"${fails}".\n`
    );
  return `${INTRODUCTION}
${failing.join("\n")}
## Each time

\`deno task verify\` explores the rows of \`quick\`, within a minute. \`--scope small\` explores those of
\`small\`, in some minutes: no change is landed before it has held.

### The runtime, held against its specs

${table([...specs, "in"], each.filter(isPair), when(each))}

### Code that threads share memory by

${table([...threads, "in"], each.filter((job) => !isPair(job)), when(each))}

## When something of it has changed

\`--scope full\` takes the better part of an hour. The whole gate explores those of its rows again whose
spec, binding or source has changed since they were last seen: at the commit that the row names, where a
\`+\` says that there were changes besides.

${table([...specs, "at", ""], rare.filter(isPair), last)}

${table([...threads, "at", ""], rare.filter((job) => !isPair(job)), last)}
`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

const INTRODUCTION = `# What is verified

<!-- Written by \`deno task verify --scope small --write\`: do not edit it by hand. -->

**What this shows.** At these scopes, in every state that any order of calls can lead to: each call
that the model allows did on the real coroutines and locks just what the model says, and each call
that it forbids threw the error that the model names and changed nothing. In every one of those
states the claims hold, among them:

- at most one coroutine runs, none is entered twice, and a coroutine is in at most one list;
- nothing woken is lost, and no error; no cancellation is lost, and none loses a wake-up;
- a lock has one holder, a writer is alone, and nobody waits for what is free;
- nobody overtakes or passes a queue; whoever waits with a mutex has it again when it goes on;
- permits are conserved;
- a coroutine is scheduled once, and goes on where it ran last; what is scheduled in a round waits for
  the next one; no poll waits while there is something to do;
- no byte is lost, and none is read or sent twice; nobody waits for bytes that are there;
- a parent outlives its children; a coroutine that has ended holds no lock.

Claims that are wrong are put to the same models, and must be refuted. The tests plant about 870 bugs
in the runtime, one line each, all of which \`verify\` must find, and about 210 in the models, one for
each claim, which that claim must find.

**How to read it.** "2 cancelled" means: in each order of calls, up to two coroutines are cancelled, any
of them, at any point. "1 timed": the waits of one have a limit, which may be reached at any point. "not
nested": coroutines do not enter one another, only wake one another. "Traced": somebody listens to what
happens, and what is told must be what happens. "Wide": an "x" of a line is many bytes. Rows whose name begins with
\`shared_\` are functions that change memory which threads share, with every order of their atomic
operations: there, what is counted are states and operations. "Transitions" are the steps of the model from one state to
another. "Carried out" are the calls on the real objects that did what the model says: more than there are
transitions, as each state is reached by calls from the beginning. "Refused" are those that the model
forbids: each threw the model's error, and changed nothing.

**What it does not show.** Nothing about more coroutines, locks or threads than the table says: beyond
that there are random walks of 1,000 calls with 30 coroutines and 8 mutexes, and of 1,000 steps with all
kinds of locks at once, in the tests. \`--scope small\` goes further than the default, and \`--scope full\`
(5 coroutines, more of them cancelled and timed) further still, and takes much longer. A claim is about
what the model can see: not about speed or memory, not about the host's own clocks, and not about native
promises, for which the walk uses ones that it settles itself. Some of what the models keep cannot be
read from the code, such as who is pending: it is compared by its effects, and
\`verify --details\` lists it. 

**Of one thread** these stay outside, and are held by tests: what code of the user's does that is called in
the middle of a step (a clock or a signal as it is left, a source as it is asked, a listener of
\`trace()\`), what becomes of a file when the host has made it or has closed it, and how a program ends.

**Of threads** what is explored is what runs: \`src/lockfree/\` by itself, and with the coroutines that
wait by it, \`src/shared/\`, and coroutines that other threads schedule, \`src/threads/co_handle.ts\`. What
comes of whole calls, where two threads take turns, is held against specs (\`mutex_turns\`,
\`rw_lock_turns\`): refusals, waits that give up, whose records are in use, who is told, and what dies with a
thread. What stays outside:

| not explored | instead |
| ------------ | ------- |
| how a thread sleeps by its host, and how a program ends (\`Commons.listen\`, \`Atomics.waitAsync\`, \`Vigil\`) | tests with real threads |
| how a thread is started and buried by its host, and messages (the rest of \`src/threads/\`) | tests with real threads, \`deno task soak\` |
| looking whether a mutex is free before a wait begins: there, it is not done | the wait that follows is explored; and \`mutex_turns\` |
| how memory for locks and records is given out | tests, and \`shared_pool\` for records |
| more than two threads in the rows of \`shared_co_…\`, a thread that dies in a queue, or as it upgrades, in any place | \`shared_death\`, without coroutines |
| a reader of a queue that has not its mutex (\`empty\`) | it may be old, as its page says |
| numbers that begin again: generations do not, tokens do in two rows; lives after 2²⁸ threads in one place | nothing |
`;
