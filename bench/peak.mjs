// Preloaded into a measured process: tells its peak memory when it ends.
process.on("exit", () => {
  process.stderr.write(`peak-rss-kib ${process.resourceUsage().maxRSS}\n`);
});
