import { testKills } from "./_kills.ts";
import { turnsMutants } from "./_mutants_turns.ts";

testKills(turnsMutants);
