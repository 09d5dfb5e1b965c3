/**
 * The state graph as text for Graphviz.
 *
 * @module
 */
import { differencesOf } from "../engine/language/difference.ts";
import { show, SpecError } from "../engine/language/errors.ts";
import { nameOf, visible } from "../engine/language/names.ts";
import { compile, faulty, type Machine } from "../engine/search/machine.ts";
import type { AnySpec } from "../engine/language/types.ts";

/** Graphs of more states are no pictures any more. */
export const MAX_DOT = 10_000;

/** The graph of all reachable states: a node each, an edge for each step, initial states bold. */
export function dotOf(spec: AnySpec, limit = MAX_DOT): string {
  const machine: Machine = compile(spec);
  const numbers = new Map<string, number>();
  const states: Int32Array[] = [];
  const numberOf = (state: Int32Array): number => {
    const key = state.join();
    let number = numbers.get(key);
    if (number === undefined) {
      number = states.length;
      if (number >= limit) {
        throw new SpecError(
          `Cannot draw ${
            show(machine.name)
          }: expected at most ${limit} states, got more; choose smaller constants`,
        );
      }
      numbers.set(key, number);
      states.push(state);
    }
    return number;
  };
  /** What a function of the spec says of a state. */
  const ask = <R>(where: string, state: Int32Array, question: () => R): R => {
    machine.load(state, 0);
    try {
      return question();
    } catch (error) {
      throw faulty(machine, "Cannot draw", where, state, error);
    }
  };
  const isWithin = (state: Int32Array): boolean => ask("within", state, () => machine.within());
  machine.initial.filter(isWithin).forEach(numberOf);
  const initials = states.length;
  const edges: string[] = [];
  for (let from = 0; from < states.length; from++) {
    // INVARIANT: `from` is below the number of states found.
    const state = states[from] as Int32Array;
    for (const [k, { label }] of machine.instances.entries()) {
      if (!ask(`when of ${label}`, state, () => machine.enabled(k))) continue;
      ask(`do of ${label}`, state, () => machine.apply(k));
      const next = machine.words.slice();
      if (isWithin(next)) edges.push(`  ${from} -> ${numberOf(next)} [label=${quote(label)}];`);
    }
  }

  const [first] = machine.initial;
  const nodes = states.map((state, number) =>
    `  ${number} [label=${quote(labelOf(machine, first, state))}${
      number < initials ? ", style=bold" : ""
    }];`
  );
  return `digraph ${quote(machine.name)} {\n  node [shape=box, fontname=monospace];\n${
    [...nodes, ...edges].join("\n")
  }\n}\n`;
}

/** What differs from the first state; all of it for the first state itself. */
function labelOf(machine: Machine, first: Int32Array | undefined, state: Int32Array): string {
  machine.load(state, 0);
  const plain = machine.decode();
  if (first === undefined || first.every((word, index) => word === state[index])) {
    return Object.entries(Object(plain)).map(([name, value]) => `${nameOf(name)}: ${show(value)}`)
      .join(
        "\n",
      );
  }
  machine.load(first, 0);
  return differencesOf(machine.spec.shape, machine.decode(), plain)
    .map(({ path, to }) => `${path}: ${show(to)}`).join("\n");
}

function quote(text: string): string {
  const lines = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').split("\n");
  return `"${lines.map(visible).join("\\l")}"`;
}
