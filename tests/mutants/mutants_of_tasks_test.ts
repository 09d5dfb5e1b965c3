import { testKills } from "./_kills.ts";
import { taskMutants } from "./_mutants.ts";

testKills(taskMutants);
