/** Who is signed in, and signing in without leaving the page. */

import { csrfToken, request } from "./api.js";

const SIGN_IN = "/sign-in/";

/** @typedef {{account: string|null, name: string}} SignedIn account null: nobody */

/** Also renews the CSRF cookie. @returns {Promise<SignedIn>} or NoAnswer */
export async function whoIsSignedIn() {
  return told(await request("GET", SIGN_IN));
}

/**
 * @param {string} username @param {string} password
 * @returns {Promise<SignedIn>} or ProblemError with a sentence for the person, NoAnswer
 */
export async function signIn(username, password) {
  if (!csrfToken()) await whoIsSignedIn();
  return told(await request("POST", SIGN_IN, { body: new URLSearchParams({ username, password }) }));
}

/**
 * The server does not know it, although the account that owns it is asking. It was there when it was begun.
 * @param {import("./errors.js").ProblemError} error
 * @param {string} account
 * @returns {Promise<boolean>} false also where that cannot be found out now
 */
export async function isUnknownToServer(error, account) {
  if (error.status !== 404 || error.code !== "not-found" || !account) return false;
  return whoIsSignedIn().then((now) => now.account === account, () => false);
}

function told({ account, name }) {
  return { account: account === null ? null : String(account), name };
}
