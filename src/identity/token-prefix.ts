/** The prefix of every station token: the audit trail redacts by it, and secret scanners find it. */
export const tokenPrefix = 'cmst_';
