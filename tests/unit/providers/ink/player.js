// Plays compiled Ink for the tests: takes the picks in turn and tells lines, tags and choices.
function playInk(compiled, picks, outcome, state) {
  const story = new inkjs.Story(compiled);
  if (state) story.state.LoadJson(state);
  const seen = [];
  for (const pick of [...picks, null]) {
    while (story.canContinue) {
      const line = story.Continue();
      seen.push([line.trim(), story.currentTags || []]);
    }
    const choices = story.currentChoices;
    if (!choices.length || pick === null) break;
    if (choices.some((choice) => (choice.tags || []).includes("agent"))) {
      story.variablesState.agent_outcome = outcome;
      story.variablesState.agent_turns = 3;
    }
    seen.push(choices.map((choice) => choice.text));
    story.ChooseChoiceIndex(pick % choices.length);
  }
  return { seen, state: story.state.ToJson(), variables: Object.fromEntries(
    ["ai_seed", "agent_outcome", "agent_turns"].map((name) => [name, story.variablesState[name]])) };
}
