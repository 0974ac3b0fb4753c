/** The value of `work`, or `otherwise` where it takes longer than `ms`. Rejects as `work` does; work that is late goes on unheard. */
export async function within<T, L>(ms: number, work: Promise<T>, otherwise: L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
