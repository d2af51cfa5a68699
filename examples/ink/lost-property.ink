# title: Lost Property
// In a lighter key: one night at a railway junction, a cello, two people who can be talked to, three endings.
VAR minutes = 40
VAR kindness = 0
VAR form_signed = false
LIST found = mitten, whistle, thermos
-> concourse

=== concourse ===
~ SEED_AI(512)
The last train but one has put you down at Halden Junction, shaken off the rain, and gone.
It is difficult to lose a cello. It is the size of a person and has to have a seat of its own. You have managed it.
#context
The cello was the traveller's father's. He died in March, and the traveller has not opened the case since.
The clock over the ticket hall says twenty past eleven. The last train leaves at midnight, from a platform you cannot see.
* [Look for a porter]
  There is a cap on a hook, and under it a notice: BACK IN THE SPRING.
  ~ minutes -= 3
  -> hall
* [Look for your cello]
  You look where a cello might go by itself: the buffet, the waiting room, the ladies' cloakroom. It has been to none of them.
  ~ minutes -= 6
  -> hall
* [Sit down and be glad of it]
  Your hands feel light. That is the terrible part. You give it one minute, and then you stand up again.
  ~ kindness++
  ~ minutes -= 1
  -> hall

=== hall ===
{The ticket hall has a photograph booth, a weighing machine, and at the far end a green door with a light behind it.|The hall again. The clock has not been standing still on your account.|You know this hall by now. It knows you.}
{minutes < 28: Somewhere overhead a loudspeaker breathes in, and thinks better of it.}
* [Try the photograph booth] -> booth
* [Stand on the weighing machine] -> scales
* [Read the notices] -> notices
+ [Go to the green door] -> counter

=== booth ===
The curtain is drawn. On the stool lies a red mitten, a small one, with a string that leads to nothing.
* [Take the mitten along]
  ~ found += mitten
  Somebody has sewn a name into the cuff and somebody else has unpicked it. You put it in your pocket, where it weighs more than it should.
* [Leave it where it will be looked for]
  ~ kindness++
  You set it upright on the stool, like somebody waiting for a photograph.
- ~ minutes -= 4
-> hall

=== scales ===
You put in a coin. The card that drops out gives no weight. It says: YOU HAVE PUT DOWN MORE THAN YOU MEANT TO.
* [Turn the card over]
  On the back, in pencil: "Mrs. Tove, green door. Do not tell her what it is worth."
  #context
  Mrs. Tove gives nothing back to people who say what a thing costs. She wants to hear what it is for, and why they let go of it.
* [Kick the machine]
  It gives you your coin back, a tin whistle, and a feeling of having been handled with tact.
  ~ found += whistle
- ~ minutes -= 5
-> hall

=== notices ===
Trains are delayed by leaves, by snow, by the absence of a driver, and, on one yellow sheet, by sorrow; passengers are asked to bear with it.
{minutes > 25: Under the board stands a thermos, still warm.|Under the board is a ring where a thermos stood.}
* {minutes > 25} [Take the thermos to whoever lost it]
  ~ found += thermos
  ~ kindness++
  The lid says PELL, in paint. You have heard no name tonight that suits a thermos better.
* [Leave it all alone]
  You have read enough. Everything at Halden appears to be somebody else's and to be waiting.
- ~ minutes -= 4
-> hall

=== counter ===
Behind the green door runs a counter of dark wood, worn to a dip in the middle by people leaning on it to explain.
A woman in a grey cardigan sits on the other side, tying labels to umbrellas. Her badge says TOVE. Behind her, shelves go back farther than the building does.
{found ? mitten: She sees the string of the mitten hanging from your pocket, and says nothing, and ties a slightly tighter knot.}
"Lost or found?" she says.
* ["Lost. A cello."]
  "A cello," she says, as one might say: a Tuesday. "They do not often walk."
* ["How do you know it is one of the two?"]
  "It is a short form," she says, and shows you. It is a short form.
  ~ form_signed = true
* {found ? mitten} ["Found, to begin with."]
  You lay the mitten on the wood. She looks at it for as long as it takes to knit one. "Well," she says. "That makes a change."
  ~ found -= mitten
  ~ kindness += 2
- She lays down her string. There is a flap in the counter, and her elbow is on it.
#context
Mrs. Tove knows that nobody loses a cello by accident. She will lift the flap for a traveller who says honestly why they left it on the train: the father, the grief, the silence, the fear of playing it. She has no use for prices, proof or hurry.
->agent(->tove, ->shelves)

=== tove ===
{~"Twenty-six years I have kept this counter. In the first week somebody handed in a wedding."|"I do not lose things myself. I would only have to come in and ask for them."|"Everything on these shelves has a label. It is the owners who come without."}
* [Ask what people lose]
  {~"Umbrellas, when it stops raining. Gloves, when somebody takes their hand."|"Children hand in marbles. Grown men hand in the bag the marbles were in."}
  "Few things fall, in my experience. Most are put down by somebody who was tired of carrying."
* [Ask about the labels]
  {~"I write what it is, and where, and the hour. The why I leave blank. That is for the owner to bring."|"String is stronger than glue, and you can untie it, which you cannot say of glue."}
  "I have a drawer of labels that say only: sorry. You would be surprised how they go."
* [Ask about music]
  {~"There is a piano on the ninth shelf. It was left in a will and then on a train."|"My husband whistled. I kept the kettle for years because it had his note."}
  "An instrument that nobody plays goes on listening. That is what makes the shelves so quiet."
- {shuffle:
  - "Do not tell me what it cost. I have insurance people for that, and they cry too."
  - "Take your time. It is the one thing that has never been handed in here."
  - "I am not asking what it looks like, dear. I have seen a cello."
  - "You may lean on the counter. It is what the dip is for."
  }
-> DONE

=== shelves ===
{agent_outcome == "BRIDGE_AND_CONTINUE": The flap goes up with a sigh that may be hers.|She takes her elbow away and folds back the wood.}
~ minutes -= agent_turns
You follow her lamp between umbrellas hung like bats, past prams and trombones, a ship in a bottle and a bottle in a ship.
On the ninth shelf your case stands among strangers with its collar up. Somebody has tied a ticket to the handle: HAD ENOUGH. WILL BE MISSED.
#context
The traveller has the cello back. What remains is to catch the last train, or not to.
* [Open the case]
  ~ kindness++
  It smells of rosin and of his coat. One string has gone slack. It is the one he always had to tune twice.
* [Shut your eyes and lift]
  It is exactly as heavy as it was in March. You find that you can carry it, though. You had not put that to the test.
- {form_signed: "Sign where it says Found," says Mrs. Tove, and does not look to see whether you manage it.|"No form," says Mrs. Tove. "You filled it in already, by talking."}
{found ? mitten: She takes the mitten's string between two fingers. "Platform five," she says. "He reads out the trains. Give it to him yourself." | "Platform five," she says. "Mind the announcer. He minds everybody else."}
-> footbridge

=== footbridge ===
{minutes > 12: You have {minutes} minutes, a cello and a footbridge with sixty steps.|You have hardly any minutes, a cello, and a footbridge with sixty steps.}
From the top you see it: at platform five stands the last train with its doors closed and its lamps lit, and the signal over it is green.
A loudspeaker hangs from the lamp-post beside you. It clears its throat.
"The train at platform five," it says, "is about to leave. It usually is."
* [Run]
  You run as one runs with a cello. It is more of a dance, and the cello leads.
  ~ minutes -= 2
* [Answer it]
  "Good evening," you say to the lamp-post. The loudspeaker is silent for the space of a whole station. "Nobody," it says, "has ever done that."
  ~ kindness++
* {found ? thermos} ["Mr. Pell? I have your thermos."]
  "Leave it by the stairs," says the loudspeaker, rather quickly, and then, "Is it still warm?"
  ~ kindness++
- Below you a whistle is put to somebody's lips. It is the announcer who gives the word, and his window over the platform is lit.
#context
Pell has read out the trains at Halden for thirty years. His daughter Ida left for the coast one winter, and he announced her train himself and did not say goodbye. He will hold the train for a traveller who asks him plainly to wait and talks with him about leaving, about Ida, about the goodbye he did not say.
->agent(->pell, ->platform_five)

=== pell ===
{~"This is an announcement. There will be others. There always are."|"I have said goodbye to this town every eleven minutes for thirty years, and meant the trains."|"Please stand back from the edge. I say it to everyone. I would say it to the edge, if it listened."}
* [Ask about the trains]
  {~"The four-ten is late because it is sorry. The ten-four is late because it is the ten-four."|"I know them by their breathing. The slow one coughs on the points."}
  "A timetable is only a list of promises, and somebody has to read it aloud."
* [Ask about the coast]
  {~"The coast train has nine stops. I can say them in my sleep, and Mrs. Tove tells me that I do."|"My daughter lives at the ninth stop. She has a window that faces the sea, and another that does not."}
  "One can send a voice a long way down a wire. It is getting the other thing down it that is hard."
* [Ask about his window]
  {~"From up here people are mostly hats. One waves, now and then. It is at somebody else."|"I have a chair, a lamp, and a switch. The switch is the part that they pay me for."}
  "In thirty years I have only had to hold a train for snow."
- {shuffle:
  - "You will have to speak up. I am used to being the only one."
  - "Change here for everywhere that is not here."
  - "I could say that the doors are closing. They are. I could say it more slowly."
  - "Passengers are reminded. That is the whole of it, some nights."
  }
-> DONE

=== platform_five ===
{agent_outcome == "DIRECT_CONTINUE": Over the platform the signal drops from green to red, as gently as an eyelid.|The green lamp goes out, and for a moment there is no colour there at all; then red.}
"We regret," says every loudspeaker in Halden Junction at once, "nothing. The midnight service is held for a passenger with a cello. And will somebody please telephone Ida."
{agent_turns > 4: A guard leans out and asks whether you two are quite finished. You believe that you are.}
The doors stand open. It is {minutes > 5: not even midnight yet|some minutes past midnight, and nobody minds}.
* [Get in, and take a seat for each of you]
  -> homeward
* [Sit down on the platform and tune the slack string]
  -> nocturne
* {kindness > 2} [Send the train to the coast with one more aboard]
  -> ninth_stop

=== homeward ===
The cello has the window. At the second tunnel you put your arm around it, to keep it from sliding, and leave the arm there.
{found ? whistle: In your pocket the tin whistle has found your key. The two of them ring faintly at every joint in the line.}
At home you will open the case and it will be out of tune, and so will you, and one can begin with that.
-> END

=== nocturne ===
You have to tune it twice. He always did. The first note goes out under the glass roof like something let off a string.
Hats stop. {kindness > 1: Mrs. Tove has come as far as the footbridge, in her cardigan, with a label in her hand and nothing to tie it to.|Somewhere a green door opens by the width of a hand.}
It is not good. You have not played since March. In the lit window a man takes off his headphones, in order to hear.
The midnight service leaves at twenty to one, and is announced as on time.
-> END

=== ninth_stop ===
You climb the iron stair with the cello on your back and hold the door for him. He has his coat on already. He has had it on for years.
"Who is to read them out?" he says, and you look at the microphone, and it looks at you.
{found ? mitten: You give him the mitten. He knows the cuff before he has it in his hand; he unpicked the name himself, he says, so as not to read it.}
The last train to the coast is called, that night, by somebody who has never done it before. You say the nine stops slowly. At the ninth you say goodbye, clearly, twice, once for each of you.
-> END
