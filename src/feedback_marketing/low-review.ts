/** How soon somebody has to look into a review of so few stars. */
export function priorityOf(stars: number): 'low' | 'medium' | 'high' {
  if (stars === 1) return 'high';
  return stars === 2 ? 'medium' : 'low';
}

/** What a customer wrote as the reason of an escalation: its first 200 characters. */
export function reasonOf(text: string): string {
  return [...text].slice(0, 200).join('');
}
