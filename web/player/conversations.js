/**
 * Talk with characters over HTTP. `key` is an owner's key, where the server has keys; an app whose readers must not have
 * it gives a `start` of its own, which asks its backend, and returns what `/agent/start` answered.
 */

export class Conversations {
  constructor({ storyId, base = '', key = '', start = null }) {
    Object.assign(this, { storyId, base, key })
    if (start) this.start = start
  }

  /** Return a version of the story, the newest when that version is gone: `{version, compiled}`. */
  async story(version = '') {
    const url = `${this.base}/api/ink/stories/${encodeURIComponent(this.storyId)}/story.json`
    let answer = await fetch(`${url}?version=${version}`, { headers: this.#headers(this.key) })
    if (answer.status === 404 && version) answer = await fetch(url, { headers: this.#headers(this.key) })
    if (!answer.ok) throw await problem(answer)
    return { version: answer.headers.get('ETag').replaceAll('"', ''), compiled: await answer.text() }
  }

  /** Begin a conversation where the story stands: `{session_id, token, turn}`. */
  async start(where) {
    const started = await this.#post('start', where, this.key)
    let session = started
    while (session.status === 'preparing') session = await this.session({ session: started.session_id, token: started.token })
    if (session.status === 'failed') throw new Error('The character cannot be reached.')
    return { ...started, turn: session.turn }
  }

  /** Say something and return the decision. Sent again under the same key it is answered the same. */
  async decide({ session, token }, { turn, text, key }) {
    const message = { session_id: session, turn, text, id: key }
    let decision = { status: 'answering' }
    while (decision.status === 'answering') decision = await this.#post('decision', message, token)
    return decision
  }

  /** Return the Ink variables to set before the story goes on; the server refuses while the conversation is open. */
  async leave({ session, token }) {
    return (await this.#post('continue', { session_id: session }, token)).variables
  }

  /** Return the conversation as it stands, with its transcript. */
  async session({ session, token }) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    return this.#json(await fetch(`${this.#url}/${session}`, { headers: this.#headers(token) }))
  }

  get #url() {
    return `${this.base}/api/${encodeURIComponent(this.storyId)}/agent`
  }

  async #post(what, body, token) {
    const headers = { 'Content-Type': 'application/json', ...this.#headers(token) }
    return this.#json(await fetch(`${this.#url}/${what}`, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  #headers(token) {
    return token ? { Authorization: `Bearer ${token}` } : {}
  }

  async #json(answer) {
    if (!answer.ok) throw await problem(answer)
    return answer.json()
  }
}

/** Return what a server said is wrong. */
async function problem(answer) {
  const body = await answer.json().catch(() => ({}))
  const said = typeof body.detail === 'string' ? body.detail : `The server answered ${answer.status}.`
  return Object.assign(new Error(said), { status: answer.status })
}
