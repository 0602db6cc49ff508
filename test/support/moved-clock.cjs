// Preloaded into the program: changes the wall clock while it runs. MOVED_CLOCK is JSON: `afterMs` of the process's
// life the clock jumps by `byMs`. The monotonic clock is not touched, as on a real machine.
const { afterMs, byMs } = JSON.parse(process.env.MOVED_CLOCK ?? '{"afterMs":0,"byMs":0}');
delete process.env.MOVED_CLOCK;

const RealDate = Date;
const now = () => RealDate.now() + (performance.now() >= afterMs ? byMs : 0);

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};
