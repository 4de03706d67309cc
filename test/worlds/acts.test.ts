import { playWorlds } from "./play.ts";

playWorlds("acts");
