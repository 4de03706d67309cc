// Preloaded into a measured process: tells its peak memory and its CPU time when it ends.
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write(`used ${JSON.stringify({ kib: maxRSS, microseconds: userCPUTime + systemCPUTime })}\n`);
});
