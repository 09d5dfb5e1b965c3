import { testKills } from "./_kills.ts";
import { contextMutants } from "./_mutants.ts";

testKills(contextMutants);
