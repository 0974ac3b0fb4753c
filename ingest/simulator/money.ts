/** Money as whole cents and quantities as whole units: sums stay exact, and only text leaves the simulator. */

export function cents(amount: number): string {
  const whole = Math.abs(Math.round(amount));
  return `${amount < 0 ? '-' : ''}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}

/** `cents` ÷ `factor` as a decimal with six places, rounded half up. */
export function perUnit(amount: number, factor: number): string {
  const micro = Math.round((amount * 10_000) / factor);
  return `${Math.floor(micro / 1_000_000)}.${String(micro % 1_000_000).padStart(6, '0')}`;
}
