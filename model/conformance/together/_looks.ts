/**
 * What `dump()` and `assertNoDeadlock()` tell, as `specs/together/_looks.ts` says it. What they tell in several ways
 * must be one.
 *
 * @module
 */
import { assertNoDeadlock, Coroutine, DeadlockError, type Dump, dump } from "../../../mod.ts";
import type { Call } from "../../engine/play/binding.ts";
import { circlesText, dumpText, type Row } from "../../specs/together/_looks.ts";
import type { Deed, Next, Theatre } from "../core/_puppets.ts";

function mustBe(holds: boolean, what: string, found: Dump): void {
  if (!holds) throw new Error(`the dump tells ${what} wrongly:\n${found}`);
}

/** What a dump says of each, those who are suspended by their names. */
function rowsIn(found: Dump): Row[] {
  const rows = found.coroutines.map((one): Row => {
    mustBe(one.scheduledBy === undefined, "who resumes them", found);
    return {
      name: one.name,
      status: one.status,
      on: one.waitingOn ?? null,
      heldBy: one.heldBy?.split(", ").toSorted() ?? [],
      limited: one.limited,
      woken: one.woken,
      holds: one.holds,
    };
  });
  const entered = rows.findIndex(({ status }) => status === "suspended");
  if (entered < 0) return rows;
  const suspended = rows.slice(entered).toSorted((a, b) => a.name < b.name ? -1 : 1);
  return [...rows.slice(0, entered), ...suspended];
}

/** Those who are in the circles that are told: each must be one. */
function stuckIn({ deadlocks }: Pick<Dump, "deadlocks">, found: Dump): string[] {
  for (const circle of deadlocks) {
    circle.forEach((from, i) => {
      const to = circle[(i + 1) % circle.length] ?? "";
      const one = found.coroutines.find(({ name }) => name === from);
      mustBe(
        found.waitsFor.some((edge) => edge.from === from && edge.to === to) && !one?.limited,
        `a circle of ${circle}`,
        found,
      );
    });
    mustBe(circle.length > 0 && new Set(circle).size === circle.length, "a circle", found);
  }
  return [...new Set(deadlocks.flat())].toSorted();
}

/** Those who are in the circles that a dump tells, each of which must be one. */
export function membersOf(found: Dump): readonly string[] {
  return stuckIn(found, found);
}

/** Whether the text for people says what the rest does. */
function checkText(found: Dump): void {
  const { coroutines, waitsFor, deadlocks } = found;
  if (coroutines.length === 0) {
    return mustBe(`${found}` === "No coroutine runs or is suspended", "that there is none", found);
  }
  const [head = "", ...lines] = `${found}`.split("\n");
  const columns = ["coroutine", "status", "waits for", "held by", "holds"].map((title) => {
    const at = head.indexOf(title);
    mustBe(at >= 0, `no ${title}`, found);
    return at;
  });
  for (const co of coroutines) {
    const line = lines.shift() ?? "";
    const waits = co.woken ? "its turn (woken)" : co.waitingOn ?? "enter()";
    const cells = [
      co.name,
      co.status,
      co.status === "suspended" ? waits : "",
      co.heldBy ?? "",
      co.holds.join(", "),
    ];
    const said = columns.map((at, i) => line.slice(at, columns[i + 1]).trim());
    mustBe(cells.every((cell, i) => cell === said[i]), `a line: ${line}`, found);
    mustBe(line === line.trimEnd(), `blanks at the end of a line: ${line}`, found);
  }
  const edges = waitsFor.map(({ from, on, to }) => `  ${from} -> ${on} -> ${to}`);
  const sentences = deadlocks.flatMap((circle) => {
    const parts = circle.map((name, i) =>
      `waits for ${waitsFor.find(({ from }) => from === name)?.on}, held by ${
        circle[(i + 1) % circle.length]
      }`
    );
    return ["", `deadlock: ${circle[0]} ${parts.join(", which ")}`];
  });
  const rest = [...edges.length === 0 ? [] : ["", "wait-for graph", ...edges], ...sentences];
  mustBe(rest.join("\n") === lines.join("\n"), "its graph", found);
}

function dumped(): string {
  const found = dump();
  const rows = rowsIn(found);
  const edges = found.coroutines.flatMap(({ name, waitingOn, heldBy }) =>
    (heldBy?.split(", ") ?? []).map((to) => `${name} ${waitingOn} ${to}`)
  );
  mustBe(
    found.waitsFor.map(({ from, on, to }) => `${from} ${on} ${to}`).join() === edges.join(),
    "who waits for whom",
    found,
  );
  checkText(found);
  return dumpText(rows, circlesText(stuckIn(found, found)));
}

/** What is thrown if some can never go on; empty if nothing is. */
function verdict(): string {
  try {
    assertNoDeadlock();
    return "";
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    const { cycle, dump: found, message, code } = error;
    mustBe(code === "deadlock" && message.endsWith(`\n\n${found}`), "what is wrong", found);
    const [sentence = ""] = message.split("\n\n");
    if (cycle.length === 0) {
      mustBe(found.deadlocks.length === 0, "no circle", found);
      const names = found.coroutines.map(({ name }) => name);
      mustBe(
        sentence === `Deadlock: nobody is left who could let ${names.join(", ")} go on`,
        "who is left",
        found,
      );
      return `nobody is left for ${names.toSorted().join(", ")}`;
    }
    const sentences = cycle.map(({ name, holds, waitingOn, heldBy }) =>
      `${name} holds ${holds.join(", ")} and waits for ${waitingOn}, held by ${heldBy}`
    );
    mustBe(sentence === `Deadlock: ${sentences.join("; ")}`, "the circle", found);
    const names = cycle.map(({ name }) => name);
    mustBe(names.join() === found.deadlocks[0]?.join(), "which circle", found);
    return circlesText(stuckIn({ deadlocks: [names] }, found));
  }
}

/** To look, and to be told whether some can never go on. */
export const lookDeeds = {
  *dump() {
    return dumped();
  },
  *assertNoDeadlock() {
    return verdict();
  },
} satisfies Record<string, Deed>;

/** What the leader does in the last scene. */
export const lastDeeds = {
  *dismiss({ players }: Theatre) {
    for (const co of players) {
      if (co.status !== "suspended") continue;
      try {
        // One that waits gives up, and is told to end then.
        if (co.waitingOn === undefined) co.enter();
        else co.cancel();
      } catch {
        // It has ended holding locks.
      }
    }
  },
} satisfies Record<string, Deed>;

/** As {@linkcode Call}s, what the leader does last, and what all others do then. */
const DISMISS: Call = { action: "dismiss", params: {}, label: "dismiss()" };
const RETURN: Call = { action: "return", params: {}, label: "return()" };

/**
 * Plays to the end, and lets all coroutines end then: whoever is suspended would be listed for as long as the garbage
 * collector has not taken it.
 */
export function playOut(theatre: Theatre, next: Next): void {
  theatre.play(next);
  const scenes = [DISMISS];
  theatre.play(() => Coroutine.inCoroutine() ? RETURN : scenes.pop());
}
