/**
 * Peterson's algorithm: mutual exclusion for two processes that share three variables and read or
 * write one of them at a time.
 *
 * A process that wants to enter its critical section raises its flag and gives the other one
 * precedence; it enters once the other one has its flag down or has given precedence back.
 *
 *     deno task check examples/specs/peterson.ts
 */
import { type AnySpec, fill, Int, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

// ------------------------------------------------------------------------------------ constants

const Process = Int(0, 1);
const Place = Schema.Literals([
  "idle", // outside
  "raise", // about to raise its flag
  "give", // about to give the other one precedence
  "flag?", // about to read the other one's flag
  "turn?", // about to read whose turn it is
  "critical",
]);
const other = (process: number) => 1 - process;

export const peterson: AnySpec = spec({
  name: "Peterson",

  // ---------------------------------------------------------------------------------------- state

  state: Schema.Struct({
    at: Table(Process, Place),
    flag: Table(Process, Schema.Boolean),
    turn: Process,
  }),
  init: [0, 1].map((turn) => ({ at: fill(Process, "idle"), flag: fill(Process, false), turn })),

  // -------------------------------------------------------------------------------------- actions

  actions: {
    begin: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "idle",
      do: (s, { p }) => s.at.set(p, "raise"),
    },
    raise: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "raise",
      do: (s, { p }) => {
        s.flag.set(p, true);
        s.at.set(p, "give");
      },
    },
    give: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "give",
      do: (s, { p }) => {
        s.turn = other(p);
        s.at.set(p, "flag?");
      },
    },
    readFlag: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "flag?",
      do: (s, { p }) => s.at.set(p, s.flag.at(other(p)) ? "turn?" : "critical"),
    },
    readTurn: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "turn?",
      do: (s, { p }) => s.at.set(p, s.turn === p ? "critical" : "flag?"),
    },
    leave: {
      for: { p: Process },
      when: (s, { p }) => s.at.at(p) === "critical",
      do: (s, { p }) => {
        s.flag.set(p, false);
        s.at.set(p, "idle");
      },
    },
  },

  // --------------------------------------------------------------------------------------- claims

  always: {
    "at most one process is in its critical section": (s) =>
      s.at.count((place) => place === "critical") <= 1,
    "whoever is critical has its flag up": (s) =>
      s.at.every((place, p) => place !== "critical" || s.flag.at(p)),
  },
  sometimes: {
    "process 0 enters while process 1 waits": (s) =>
      s.at.at(0) === "critical" && (s.at.at(1) === "flag?" || s.at.at(1) === "turn?"),
    "process 1 enters while process 0 waits": (s) =>
      s.at.at(1) === "critical" && (s.at.at(0) === "flag?" || s.at.at(0) === "turn?"),
  },
});
