/**
 * The state graph as text for Graphviz.
 *
 * @module
 */
import { differencesOf } from "../engine/language/difference.ts";
import { show, SpecError } from "../engine/language/errors.ts";
import { compile, type Machine } from "../engine/search/machine.ts";
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
  for (const state of machine.initial) {
    machine.load(state, 0);
    if (machine.within()) numberOf(state);
  }
  const initials = states.length;
  const edges: string[] = [];
  for (let from = 0; from < states.length; from++) {
    // INVARIANT: `from` is below the number of states found.
    const state = states[from] as Int32Array;
    for (const [k, instance] of machine.instances.entries()) {
      machine.load(state, 0);
      if (!machine.enabled(k)) continue;
      machine.load(state, 0);
      machine.apply(k);
      if (!machine.within()) continue;
      const to = numberOf(machine.words.slice());
      edges.push(`  ${from} -> ${to} [label=${quote(instance.label)}];`);
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
    return Object.entries(Object(plain)).map(([name, value]) => `${name}: ${show(value)}`).join(
      "\n",
    );
  }
  machine.load(first, 0);
  return differencesOf(machine.spec.shape, machine.decode(), plain)
    .map(({ path, to }) => `${path}: ${show(to)}`).join("\n");
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\l")}"`;
}
