/** How loud the microphone hears: peak and level in dB below full scale. */

const PER_SECOND = 20;
const FLOOR_DB = -60;

/**
 * @param {MediaStream} stream
 * @param {(level: {db: number, peakDb: number}) => void} callback from -60 (silence) to 0 (clipping); not called
 *   while the browser does not listen
 * @returns {() => void} stop; safe twice
 */
export function startLevelMeter(stream, callback) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state !== "running") return; // Firefox without a sound output never listens: that is no silence
    analyser.getFloatTimeDomainData(samples);
    callback(levelOf(samples));
  }, 1000 / PER_SECOND);
  return () => {
    clearInterval(timer);
    if (context.state !== "closed") context.close();
  };
}

/** @param {Float32Array} samples -1 to 1 */
export function levelOf(samples) {
  let [sum, peak] = [0, 0];
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  const decibels = (value) => Math.max(FLOOR_DB, value > 0 ? 20 * Math.log10(value) : FLOOR_DB);
  return { db: decibels(Math.sqrt(sum / samples.length)), peakDb: decibels(peak) };
}
