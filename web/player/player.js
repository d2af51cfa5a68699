/**
 * Play an Ink story in which an AI may play a character. There is no DOM in here: `page.js` shows it.
 *
 * The story decides where it waits. At a choice tagged `agent` the reader talks with the character through
 * `conversations`, until the server says that the story goes on; then the choice is taken. Nothing is decided here.
 */

const LONGEST_SCENE = 8_000

export class Player {
  /**
   * `Story` is inkjs's class, `compiled` the story's JSON text. `storage` is like `localStorage`. `onchange` is called
   * with the view whenever it has changed: `{lines: [{who, text}], choices: [text], talk, ended}`, `who` being `story`,
   * `reader` or `character`, and `talk` `null` or `{character, waiting, problem, unsent}`.
   */
  constructor({ Story, compiled, version, storyId, conversations, storage, onchange }) {
    Object.assign(this, { Story, compiled, version, conversations, storage, onchange })
    this.key = keyOf(storyId)
  }

  get view() {
    const { lines, talk } = this.at
    const choices = talk ? [] : this.ink.currentChoices.map((choice) => choice.text)
    return { lines, choices, talk: talk && talkView(talk), ended: !talk && !choices.length }
  }

  /** Take up where this reader was, or begin. */
  async begin() {
    const saved = this.#saved()
    this.ink = new this.Story(this.compiled)
    if (!saved) return this.restart()
    this.ink.state.LoadJson(saved.ink)
    this.at = saved.at
    if (!this.at.talk) return this.#tell()
    this.at.talk.waiting = false
    this.#changed()
    await this.retry()
  }

  /** The version that a reader's saved place belongs to, or `undefined`. */
  static savedVersion(storage, storyId) {
    return read(storage, keyOf(storyId))?.version
  }

  /** Begin from the first line. */
  async restart() {
    this.ink = new this.Story(this.compiled)
    this.at = { lines: [], hidden: [], talk: null }
    await this.#tell()
  }

  /** Take one of the choices that are shown. */
  async choose(index) {
    if (this.at.talk) return
    this.ink.ChooseChoiceIndex(index)
    await this.#tell()
  }

  /** Say something to the character. While an answer is under way this does nothing. */
  async say(text) {
    const { talk } = this.at
    const words = text.trim()
    if (!talk?.session || talk.waiting || !words) return
    talk.unsent = talk.unsent?.text === words ? talk.unsent : { text: words, key: crypto.randomUUID() }
    await this.#send()
  }

  /** Try again what did not work: to reach the character, or to have the last words answered. */
  async retry() {
    const { talk } = this.at
    if (!talk || talk.waiting) return
    if (!talk.session) await this.#start()
    else if (talk.unsent) await this.#send()
  }

  async #tell() {
    while (this.ink.canContinue) {
      const text = this.ink.Continue().trim()
      if (!text) continue
      if ((this.ink.currentTags ?? []).includes('context')) this.at.hidden.push(text)
      else this.at.lines.push({ who: 'story', text })
    }
    if (this.#gate()) {
      this.at.talk = { character: this.#path('agent_character'), target: this.#path('agent_target') }
      await this.#start()
    } else this.#changed()
  }

  async #start() {
    const { talk, lines, hidden } = this.at
    await this.#ask(async () => {
      const started = await this.conversations.start({
        character: talk.character,
        target: talk.target,
        ink_state: this.ink.state.ToJson(),
        visible: ending(lines.map((line) => line.text)),
        context: ending(hidden),
        version: this.version,
      })
      Object.assign(talk, { session: started.session_id, token: started.token, turn: started.turn })
    })
  }

  async #send() {
    const { talk } = this.at
    const { text, key } = talk.unsent
    await this.#ask(async () => {
      const decision = await this.conversations.decide(talk, { turn: talk.turn, text, key })
      const variables = decision.input_enabled ? null : await this.conversations.leave(talk)
      this.#said('reader', text)
      if (decision.reply) this.#said('character', decision.reply)
      if (decision.bridge_text) this.#said('story', decision.bridge_text)
      talk.unsent = null
      talk.turn = decision.turn + 1
      if (variables) this.#leave(variables)
    })
    if (!this.at.talk) await this.#tell()
  }

  /** Wait for the server, and keep what went wrong where the reader can see it and try again. */
  async #ask(work) {
    const { talk } = this.at
    Object.assign(talk, { waiting: true, problem: '' })
    this.#changed()
    try {
      await work()
    } catch (error) {
      talk.problem = error.message
      // The token has expired, or the conversation is gone: the next try begins another where the story stands.
      if (error.status === 401 || error.status === 404) Object.assign(talk, { session: null, unsent: null })
    }
    talk.waiting = false
    this.#changed()
  }

  #leave(variables) {
    for (const [name, value] of Object.entries(variables)) this.ink.variablesState[name] = value
    this.ink.ChooseChoiceIndex(this.#gate().index)
    this.at.talk = null
  }

  #said(who, text) {
    this.at.lines.push({ who, text })
  }

  #gate() {
    return this.ink.currentChoices.find((choice) => choice.tags?.includes('agent'))
  }

  #path(variable) {
    return String(this.ink.variablesState[variable])
  }

  #changed() {
    keep(this.storage, this.key, { version: this.version, ink: this.ink.state.ToJson(), at: this.at })
    this.onchange(this.view)
  }

  #saved() {
    const saved = read(this.storage, this.key)
    return saved?.version === this.version ? saved : null
  }
}

function keyOf(storyId) {
  return `fabula:${storyId}`
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key))
  } catch {
    return null
  }
}

/** Keep a reader's place; without room for it the play goes on, and only a reload begins anew. */
function keep(storage, key, place) {
  try {
    storage.setItem(key, JSON.stringify(place))
  } catch {
    storage.removeItem?.(key)
  }
}

function talkView({ character, waiting, problem, unsent, session }) {
  return { character, waiting: !!waiting, problem, unsent: unsent?.text ?? '', open: !!session && !waiting }
}

/** Return the last lines that together are not longer than a scene may be. */
function ending(lines) {
  const kept = []
  let size = 0
  for (const line of [...lines].reverse()) {
    size += line.length + 1
    if (size > LONGEST_SCENE) break
    kept.unshift(line)
  }
  return kept.join('\n')
}
