import { testKills } from "./_kills.ts";
import { taskMutants } from "./_mutants_tasks.ts";

testKills(taskMutants);
