//! Words that are in every dictionary: what is done, how, and what it is like.
//!
//! A question is full of words that a documentation happens not to use ("to the brim", "throttle"). They are
//! no names of other things, so that they say much less against an answer than a name does.

use crate::words::Words;

/// Whether an English word, in lower case, is one of them or a form of one.
pub(crate) fn is_ordinary(word: &str, words: &Words) -> bool {
    let (Some(beginning), Some(letter)) = (word.get(..LEAST_LETTERS), word.bytes().next()) else {
        return false;
    };
    let Some(of_letter) = ORDINARY.get(usize::from(letter.wrapping_sub(b'a'))) else {
        return false;
    };
    let stem = words.stem(word);
    of_letter
        .split_whitespace()
        .filter(|other| other.starts_with(beginning))
        .any(|other| other == word || words.stem(other) == stem)
}

/// Forms of a word begin alike.
const LEAST_LETTERS: usize = 3;

/// By their first letter: nothing is built of them, and a question has few words that need looking up.
const ORDINARY: [&str; 26] = [
    "abandon abort abrupt absence absent absolute absorb abstract absurd abuse accelerate accent acceptable
     accommodate accompany accomplish accordingly accurate accuse accustomed ache achieve acknowledge acquire adapt
     addict adequate adhere adjacent adjust admit admittedly adopt adult advance advantageous adverse advertise
     advisable advise advocate affair affect afford afloat aftermath afternoon age aggressive agony aid aim ain air
     airline aisle alarm albeit alert alien align alive allegedly allocate alongside alternate altogether amateur
     amaze ambiguous ambitious amend ample amuse analogous analyse analyze ancient anger angle angry anguish animal
     announce annoy annoyance annual anonymous anticipate anxiety anxious apologise apologize apology appalling
     apparent appeal appetite applaud appoint appreciation approach appropriate approve approximate apt arbitrarily
     arbitrary aren argue arise arm army arrange arrangement array arrival arrive art artificial ashamed aside aspect
     aspire assemble assert assess assessment assist assistance associate assume assumption assure astonish astray
     atop attach attack attain attend attention attitude attract audience audit aunt authentic author autumn await
     awake awesome awfully awkward axe",
    "babysit backbone backfire backward baffle bag balance ball ballpark ban band bang bar bare bargain bark barrier
     base bash basis basket batch bathe battle beach bear beast beat beautiful beauty bed bedroom bee beer beforehand
     beg behold belief believable bell beloved bend beneficial benefit bet beware bewildered bias bid bigger biggest
     bind bird birth birthday bite bitter bizarre blade blanket blast bleed bless blind blink bloat bloody blow blown
     blunt blur blurry boast boat bodge bold bomb bone bonus bookkeeping bookshelf boom boost bore bored boring
     borrow bother bothersome bottle bottleneck bottom bounce bound bow bowl boy brain brake branch bread breakage
     breakdown breakfast breath breathe breed breeze bridge brief briefcase bright brilliant brim brink bro broad
     brutal bucket buddy budget bug buggy bulk bulky bullet bump bumpy burden bureau burst bury business butter
     button buzz bypass",
    "cake calculate calculation calm camp cancel candidate cap capable capacity capital captain capture career
     careless caretaker carry cash casual cat catastrophe catastrophic category cater cautious cave cease ceiling
     celebrate cell cellar central centre century ceremony certainty chain chair challenge chaos chaotic
     characteristic charge charm chase chat chatty cheat cheer cheese cherish chest chew chicken chief childish chip
     choke chop chore chunky church circle circumstance circumvent cite citizen city claim clarification clarify
     clash class classic classical classmate classroom claw cleaner cleaning cleanly cleanse cleanup clearance clerk
     cleverly climb cling clinic clip cloak clog clogged cloth clumsy clutter coach coarse coast coat coexist
     coincide coincidence collaborate collapse collect collide collision combat combine comeback comfort comfortable
     comfortably comic command commence comment commit commitment commonplace communicate companion comparable
     comparatively comparison compel compensate compete competent competition compile complaint complement completion
     complexity compliance compliant complicate comply component compose comprehend comprehensive compromise
     compulsory conceal conceive concept conceptual concise conclude conclusion concrete condemn condense conduct
     confess confidence confident confine confirm conflict conform confront confuse confusion congestion congratulate
     connected conquer cons conscious consecutive consensus consent consequence consequently conservative
     considerable considerably consideration consistent consolidate conspicuous constant constrain constraint
     construct consult consume consumer contain contemplate contempt content contest context continual continue
     continuous contract contradict contradictory contrary contrast contribute contribution control controversial
     convenience convenient convention conventional conversation convert convey convince convoluted cook cookie cool
     cooperate cooperation cope core corner correction corrupt costly cough couldn council counsel count counterpart
     countless country courage court cousin cover coworker crack craft cram cramped crank crap crash crawl creak
     creation creative creativity creature creep creepy crew crime cripple crisis crisp criteria critical criticise
     criticize crop cross crowd crude cruel crush cry cuddle cue culprit culture cumbersome cunning cup cupboard cure
     curiosity curiously current curse curve custom cute cycle",
    "damage damp dance danger dangerous dangling darling dash dated daughter daunting dawn daytime dazzle deadlock
     deadly deaf death debate debt decade decay deceive decent decision decisive declare decline decorate decrease
     dedicate defeat defect defective defence defend defer deficient define definite definition definitive defunct
     degrade delay deliberate delicate delicious delight deliver delivery demand demo demolish demonstrate dense
     dentist deny depart departure dependable depict deplete deploy depressed deprive depth derive descend describe
     description desert deserve designate desirable desire despair desperate destination destiny destroy destruction
     detach detail detect deteriorate determination determine devastating develop device devil devise devote diagnose
     diagnosis dialogue dictate didn diet differentiate dig digest digit dignity dilemma diligent dim diminish dinner
     dip dire direct direction dirt disadvantage disagree disappearance disappoint disappointment disaster disastrous
     discard discharge discipline discontinue discourage discover discovery discrepancy discuss discussion disgust
     dish dishonest dismiss disorder disparate dispatch disperse displace displeased disposal dispose dispute
     disregard disrupt disruption disruptive dissolve distance distant distinct distinctive distinguish distort
     distract distraction distress distribute disturb disturbance ditch dive diverse divert divide division doable
     doctor doctrine dodge dodgy dog doll domain dominate donate donkey doom dose dot doubtful doubtless downfall
     downgrade downhill downright downside downstairs downtown downward drag drain drama dramatic dramatically
     drastic drastically draw drawback drawer dread dreadful dream dress drift drill drink drip drop drought drown
     drunk dry dubious duck dude due dull dump dunno dust dusty duty dwell dying",
    "eager ear earn earnest earth easygoing echo economic economical economy edge edit educate education effect
     effective efficiency efficient effortless egg elaborate elbow elderly elect elegant element elevate elevator
     eligible eliminate elite elsewhere embarrass embed embrace emerge emergency emit emotion emphasis emphasise
     emphasize employ employee employer emptied emptiness enclose encounter encourage endanger endeavour endless
     endure enemy energy enforce engage enhance enjoy enjoyable enlarge enlighten enormous enquire ensue ensure enter
     enterprise entertain enthusiasm entitle entity entrance entry envelope environment envision envy equal equip
     equipment equivalent era eradicate erase errand erratic erratically erroneous escalate escape essence essential
     establish establishment estimate eternal ethic evacuate evade evaluate evaporate event eventual evidence evident
     evil evolve exaggerate exam examination examine exasperated exceed exceedingly exceptional excerpt excess
     excessive excite exclaim exclude exclusive excuse execute exempt exercise exhaust exhaustive exhibit exile exit
     exotic expand expectation expected expedite expel expend expenditure expense experiment expert expertise expire
     explicit explode exploit exploration explore explosion expose exposure express expression exquisite extend
     extension extensive extent external extinct extract extraordinary extreme",
    "fabric fabulous facilitate facility factor factory fade faded faint fairly fairness faith faithful fake familiar
     famous fan fancy fantastic fare farewell farm farmer fascinate fashion fatal fate fatigue fault faulty favor
     favorable favour favourable feasible feat feather feature feed feedback feeling fellow female fetch fever
     fiction fiddle fierce fierily fight figurative filthy finance financial fingertip finite fire firmly firstly
     fish fist fitting fixation flag flaky flame flash flat flatten flatter flavour flaw flawless flee fleeting flesh
     flex flexibility flexible flick flicker flight flimsy flip float flood floor flop flour flourish flow flower
     fluctuate fluent fluid flush fly foggy fold folks fond food fool foolish football forbidden forceful forecast
     foremost foresee forest forgiving formal formality former formidable forthcoming fortnight fortunate fortune
     forum foul foundation fragile fragment frame frankly frantic frantically fraud freedom freelancer freely
     frequency frequent freshly friction fridge friendly friendship fright frighten frog frown frozen fruit frustrate
     frustration fuel fulfil fulfill functional fund fundamental funeral furious furniture furthermore fury fuss
     fussy futile fuzzy",
    "gadget gain gamble gang gap garage garbage garden gas gasp gather gauge gbit gear gem gender genius gentle
     gentleman gently genuine gesture ghost giant gift gig gigabit gigabytes gigantic giggle gigs gist gladly glamour
     glance glare glass gleam glimpse glitch glitchy gloomy glorious glory glove glow glue goal gobble gold golden
     gonna goodness gorgeous gossip gotta govern government grab grace graceful grade gradual graduate grain grandma
     grandmother grandparent grant grasp grass grateful gratitude grave gray greatly greed greedy greet greetings
     grief grim grind grip groan gross growth grudge gruesome guarantee guard guessing guesswork guidance guideline
     guilt guilty gulp gut",
    "habit hack hacky hadn hair halfway hallway halve hammer hamper handful handy haphazard happening happily
     happiness harass hardened hardship harm harmful harmless harmony harsh hasn hassle haste hastily hasty hat haul
     haunt haven havoc hazard hazardous headache headroom heads heal health healthy heap heart heartbreaking heartily
     heat heaven heavily heavyweight hectic heel height hell helpdesk helpful helpless hero hesitant hesitate
     hesitation hideous highlight highly hilarious hill hinder hindrance hindsight hint hip hire historic historical
     history hiya hobby hog hogging hogs hole hollow holy homemade honestly honesty honey honor honour hook hopeful
     hopeless horizon horn horrendous horribly horrid horrific horror horse hospital hoster hostile hotel household
     householder hover howdy howto hug hugely hum humble humbly humid humor humour hunch hunger hungrily hunt hurdle
     hurried hurtful hygiene hype hypothetical hysterical",
    "ice icy idealistic identical identify identity ideology idiot idiotic idle ignorance ignorant illegal illness
     illusion illustrate image imaginable imaginary imagination imaginative immature immense imminent immune impair
     impatient impede imperative imperfect implausible implement implication implicit imply impolite importance
     importantly impose impractical impress impression impressive imprison improbable improper improvement improvise
     impulse inability inaccessible inaccurate inadequate inadvertently inappropriate incapable incentive incident
     incidentally inclined inclusion inclusive income incompetent incomplete incomprehensible inconclusive
     inconsistency inconsistent inconvenience inconvenient incorrect increase incredible incredibly incur indefinite
     independence independent indicate indication indifferent indirect indispensable individual induce industrial
     industry ineffective inefficient inevitable inevitably inexpensive inexperienced infant infer inferior infinite
     inflate inflict influence influential info inform informal information informative infrequent ingredient inhabit
     inherent inhibit initially injury innocent innovation innovative inquire inquiry insane insecure insert insight
     insist insofar inspect inspection inspiration inspire instance instantaneous instantly instinct institute
     institution instruct instruction insufficient insult intact integral intellectual intelligence intelligent
     intend intense intensive intent intention intentional interact interaction interfere interference interim
     interior intermediate intermittent intern interpret interpretation interrupt interruption interval intervene
     intervention intimate intimidate intricate intrigue introduce introduction introductory intrude intuition
     intuitive invade invalid invaluable invent invention invest investigate investigation invisible invitation
     invite invoke involve involvement irregular irrelevant irrespective irresponsible irreversible irritate island
     isolate item",
    "jacket jail jam jammed janitor jealous jeopardise jeopardize jerk jerky jewel joke jolly journey joy joyful
     judge judgement juggle juice jumble jump junior junk justice justification justified justify juvenile",
    "keen keeper kettle kick kidding kids killer kilobytes kinda kindly kindness king kingdom kiss kitchen kludge
     knee knife knob knock knot knowledge knowledgeable",
    "laborious labour lad ladder lady lag lagging laggy lake lame lamp landlord landscape lap largely laughable
     laughing laundry law lawn lawyer lay layman layout lazily leader leadership leading leaf leak leaky lean leap
     learner leather lecture leftover leg legacy legend legitimate leisure lemme lend length lengthen lengthy lessen
     lesser lesson lest lethal liability liable liar liberal liberty library lifelong lifetime lightly lightning
     lightweight likelihood likewise limb limp linger lip liquid literal literature litter lively load loan lobby
     local lofty lone loneliness longest longevity longing loop loophole loosely loosen lousy lovely lover lowest
     loyal lucid luckily ludicrous lump lunatic luxurious luxury lying",
    "machine madness magazine magical magnet magnificent magnitude maid mail mainboard maintain majestic major
     majority maker malfunction malicious manager mandatory manifest manipulate mankind mannered manor marathon
     margin marginal marital mark markedly market marriage marvel marvellous mask mass massacre massive master
     masterpiece match mate material maths mature maximal mayhem meal meaningful meaningless measurable measurement
     meat mechanic mechanical meddle mediocre medium meeting megabytes mellow melt memorable memorise mental mercy
     mere merge merit merry messed messy metal metaphor method methodical mild milestone milk mimic minded mindful
     mindless miniature minimise minimize minister minor minority mirror misbehave miserable miserably misery
     misfortune misguided mislead misread missed mission mistaken mistrust misunderstand misunderstood misuse
     mitigate mix mixed mixture moan mobile mock moderate modern modest moist mom momentarily momentary monitor
     monkey monster monstrous monthly monument moody moon moral moreover mortal motherboard motion motivate
     motivation motive motto mount mountain mourn mouse movement muck mud muddle multiply multitude mumble mundane
     murder murky muscle museum music mustn mutual mysterious myth",
    "nah nail naked narrow nasty nation native natural nature naughty nearest neat necessarily necessity neck needle
     needless needn negate negative neglect negligible negotiate neighbor neighbour neighbourhood nephew nerve
     nervous nest newcomer nicely niche nickname niece nifty nightly nightmare nitpick nod noise noisy nominate
     nonetheless nonsense normality north nose nosey nostalgic notable notably noticeable noticeably notify notion
     notorious novel novelty novice nowadays nuance nudge nuisance null numb numerous nurse nut nutshell",
    "oath obey object objection objective obligation oblige oblivious obnoxious obscure observation observe obsess
     obsolete obstacle obstruct obtain occasion occasional occupation occupied occupy occurrence ocean oddball oddity
     oddly offence offend offensive offset offspring oftentimes oil omission omit omitted ongoing onto onward opaque
     openly operate operation operator opponent opportunity oppose oppress opt optimal optimise optimistic optimize
     option optional orange ordeal ordering orderly organisation organise organization organize orientation origin
     original originate orphan outage outbreak outcry outdated outdo outdoor outer outfit outlast outlaw outlet
     outline outlook outnumber outperform output outrage outrageous outright outsider outskirts outstanding outweigh
     overall overboard overcome overcomplicate overcrowded overdo overdue overhaul overhead overheat overkill overlap
     overload overlook overly overnight overpriced oversee oversight overtake overthrow overtime overturn overview
     overweight overwhelm owe oxygen",
    "pace pack pad painfully painless paint pair palace pale palm panel panicked panicking panicky paperclip parade
     paradise paradox paragraph parallel paranoid parcel pardon parent park parliament partial participant
     participate participation particle partner passage passenger passion passionate passive paste pat patch path
     pathetic patience patient pause pave peace peaceful peak peculiar peek peel peer penalty pencil perceive
     perception perform performance performer peril periodic periodical perish permanent permissible permission
     permissive permit perpetual perplexed perplexing persist persistence persistent personal personality personnel
     perspective persuade pertain pervasive pessimistic pester petty phase phenomenon philosophy phone phrase
     physical picky picture pig pile piled pill pillow pinch pinpoint pint pipe pirate pit pitch pitfall plague
     planet plant plate platform plausible player playful plea plead pleasant pleased pleasing pleasure pledge
     plentiful plot plough pluck plumber plunge pocket poem poet poetry poison poke poking policeman polish politely
     politic political politician poll pollute ponder pony pool poorest poorly pop pope popped popping popularity
     populate population porch portion portrait portray pose posh postman posture potato potential pound pour poverty
     powder power powerful powerless practical practise pragmatic praise pray prayer preach precaution precede
     precious precise precision preclude predecessor predicament predict predictable predictably predominantly
     preference pregnant prejudice preliminary premature preparation prepare prescribe prescription presence present
     presentation preserve president press pressure prestige presumably presume pretend prevail prevalent prevention
     prey prick priest primarily primary prime primitive prince princess principal principle printed prior priority
     prison prisoner pristine private privilege prize probable probe problematic procedure proceed proclaim
     procrastinate procure produce production productive profession professional professor proficient profit
     profitable profound progress progressive prohibit prohibitive prolong prominent promising promote promotion
     prompt prone pronounce proof propagate proponent proportion proportional proposal propose proprietary pros
     prospect prosper protect protection protest proudly proven provide provision provisional provoke proximity
     prudent psychological publicity publicly publish puff pulse pump punch punish punishment pupil puppet puppy
     purchase pure purge purple purposely pursue pursuit pushy puzzle",
    "quaint qualification qualify quality quantity quarrel queen queer query quest questionable queue quicker
     quickest quirk quirky quit quotation quote",
    "rabbit race racket radiate radical radio rag rage raid rail rain rainbow rainy raise rally ramble rampant range
     rank rant rapid rarer rarity rash rat rate ratio rational ravage raw ray reachable react reaction reader readily
     readiness readjust realistic realistically reality realization realm reap rear rearrange reasonably reasoning
     reassure rebel rebuild rebuilt receipt receive receiver reception recipe recipient reckless reckon reclaim
     recognisable recognise recognition recognize recommendable recommendation reconcile reconsider reconstruct
     record recover recovery recreate recruit rectify recur recurrent recurring redesign redo redone reduce reduction
     redundant reel refer referee reference refine reflect reflection reform refrain refreshing refuge refund refusal
     refuses refute regain regarding regardless regards regime region regional register regression regular regulate
     regulation rehearse reign reinforce reinstall reinstate reiterate reject rejection relate relation relationship
     relative relaxed relaying release relentless relevance reliability reliable reliably reliance reliant relief
     relieve religion religious reluctant rely remainder remains remark remarkable remarkably remedied remedy
     reminder reminds remnant remorse remote removal renamed render renew renewal rent repair repeatable repeatedly
     repetitive rephrase replacement replicate reportedly represent representation representative reproduce
     reproducible reproducibly reputation request rescue research resemblance resemble resent reservation resident
     residual resign resilient resistance resistant resolute resolution resolve resort resource resourceful
     respectable respectful respective respond response responsibility responsible responsibly responsive restart
     restless restrain restraint restrict restriction resultant resume resurrect retain retire retirement retreat
     retrieval retrieve returning reunite reveal revenge revenue reverse reversible review revise revision revival
     revive revolution reward rewrite rhyme rhythm ribbon rich ridden riddle ride ridiculous rifle rightful rightly
     rigid rigorous ring rinse riot rip ripe ripped ripping risen risky ritual rival river roam roar rob robber
     robust rock rocket rocky rogue role romance romantic roof rookie roommate rope rose rot rotate rotten roundabout
     roundly rouse route routine royal rub rubbish rude ruin ruler rumor rumour runaway rupture rural rush rust rusty
     ruthless",
    "sabotage sack sacred sacrifice saddle sadly sadness safeguard safer safest safety sail saint salary salt salvage
     sample sanction sand sane sanity satisfaction satisfactory satisfied satisfy sauce savage saver savings savvy
     scale scan scandal scar scarce scare scary scatter scenario scene scenery sceptical schedule scheme scholar
     schooling science scientific scientist scissors scope score scramble scrap scrape scratch scream screw
     screwdriver scripture scroll scrub scrutiny sea seal seamless search season seat secondary secondly secrecy
     secretary section sector secure seed seek segment seize seldom select selection selective selfish seller
     semester seminar senate senior sensational senseless sensibly sensitive sensitivity sentence sentiment separate
     separation sequence serial series seriousness servant serve session settle setup sever severe severity sew
     sewing shade shadow shady shake shaky shallow shambles shameful shameless shaped shatter shave shed sheep sheer
     sheet shell shelter shield shift shine shiny ship shirt shit shitty shiver shock shoe shoot shop shopkeeper
     shore shortage shortcoming shortcut shorten shorthand shot shoulder shouldn shove shovel shred shrink shrug
     shuffle shun shy sibling sickness sideways siege sigh sight significance significant signify silence silent silk
     silky silver similarity simplest simplicity simplification simplified simplify simplistic simultaneous sin
     sincere sing singer singular sinister sink sip sketch sketchy skill skillful skim skin skinny skip skipped
     skipping skirt skull sky slam slap slash slave sleek sleepy sleeve slice slick slide slim slimmed slip slipped
     slippery slope sloppy slot slowdown slowest slowness sluggishly slump sly smack smallest smash smell smelly
     smoke smoothest smug snack snag snail snake snap snappy snatch sneak sneaky sniff snow soak sober soccer
     sociable social society sock socket soft soften soil soldier sole solemn solid solitary soluble solution solve
     solver song soothe sophisticated sore sorrow sorta soul soup sour source south sow space spacious span spare
     spark sparse spawn speaker specialise specialist specialize species specifically specification specify specimen
     spectacle spectacular speculate speculation speech speedy spell spice spicy spider spike spiky spill spin
     spinning spirit spit spite spiteful splash splendid split splitting spoil spokesman sponsor spontaneous spooky
     spoon sporadic sporadically sport spouse sprawl spray spread spring sprinkle sprint spun spur spurious spy squad
     square squash squeak squeeze stab stabilise stability stabilize stable stack staff staffer stage stagger stain
     stair staircase stake stale stall stamp stance standalone standard standardise standpoint star stare stark
     startle starvation starve statement static station statistic statistical statue stature status steadily steady
     steal steam steel steep steer stellar stem stern stick sticker sticky stiff stimulate sting stink stir stole
     stolen stomach stone stool stopgap stopper store storm stormy stove straightaway straighten straightforward
     strain strand strangely strategic strategy straw stray streamline strength strengthen stress stressful stretch
     strict stricter stride strike strings strip stripe strive stroke stronger strongest strongly structural
     structure struggle stubborn studio study stuffed stumble stunning stupidity sturdy stutter style stylish subject
     subjective submit subsequent subside substance substantial substitute subtle subtly subtract subway succession
     successive successor sucks sue suffer suffice sufficient sugar suicide suitable suitably suite sulk sum
     summarise summarize summary summit summon sunk sunlight sunny sunrise sunset sunshine super superb superficial
     superfluous superior supervisor supper supplement supplementary supplier supply supportive suppose suppress
     supreme surface surge surgery surpass surplus surprising surrender surround survey survival survivor susceptible
     suspect suspicion suspicious sustain sustainable swallow swamp swap swapped swapping swear sweat sweep sweet
     swell swift swim swimming swing swipe switch sword symbol symbolic sympathetic sympathy symptom systematic
     systematically",
    "tackle tail tailor taint tale talent tame tamper tangible tangle tap tape target taste tasty tax taxi tea
     teaching tear tease tech technically technician technique tedious teen teenager teeth temper temperament
     temperature temple tempo temporarily temporary tempt temptation tenant tendency tender tense tension tent
     tentative terabytes term terrific terrified terrify territory terror terse testimony textbook thankful theft
     theme theoretical theory therapy thereafter thereby thesis thickness thief thing thinker thirst thirsty thorough
     thoughtful thoughtless thread threat threaten threshold thrill thrive throat throne throughout throwaway
     throwing thrown thrust thumb thunder thx tick ticket tidy tie tied tight tighten tile tilt timely timid tin
     tinker tiredness tiresome tiring tissue title tldr toast tobacco toddler toe toil toilet tolerable tolerance
     tolerant tolerate tomb tone tongue toolbox tooth topic topple torch torment torn torture toss touching tough
     tougher toughest tour tourist tow towel tower toy trace track traction trade tradition traditional traffic
     tragedy tragic trail trained trainee training trait traitor tranquil transact transfer transform transformation
     transient transit transition transitional translate transmit transparency transparent transport trap trapped
     trash trauma travel traveller tray treacherous treasure treatment tree tremble tremendous trend trendy trial
     tribe tribute trickle trigger trim trip triple triumph trivial troop tropical troublesome troubling truck trump
     trunk trustful trustworthy truthful tube tuck tumble tune tunnel turmoil turnaround turnover tutor tweak twin
     twist tying typo tyre",
    "ugliness ultimate umbrella unacceptable unaffected unanswered unattended unavailable unavoidable unaware
     unbearable unbelievable unbelievably uncertain uncertainty unchanged uncle uncomfortable uncommon unconditional
     unconscious uncover undecided undergo undergone underground underlying undermine underneath understandable
     understandably understanding undertake undertaken undesirable undesired undo undone undoubtedly undue uneasy
     unemployed uneven unfair unfamiliar unfinished unfit unforeseen unforgiving unfortunate unfriendly unhealthy
     unheard unhelpful unification uniform unify unimportant uninformed uninstall unintended unintentional union
     unique unit unite unity universal universe university unjust unknowingly unknown unlawful unleash unless unload
     unlucky unnatural unnecessarily unnecessary unneeded unnoticed unofficial unpack unplanned unpleasant unplug
     unplugged unplugging unpopular unprecedented unpredictable unpredictably unprepared unproven unreadable unreal
     unrealistic unreasonable unreasonably unrelated unreliable unreliably unresolved unresponsive unrest unsafe
     unsatisfactory unsatisfied unscrew unspecified unstable unstuck unsuccessful unsuitable unsure unsuspecting
     untidy untouched untrue unusable unused unveil unwanted unwelcome unwilling unwind unwise upbeat upcoming update
     upfront upgrade uphill uphold uplift upper upright uproar upside upstairs upstream uptake upward urban urge
     urgency urgently usable usage usefulness utilisation utilise utility utilization utilize utmost utter",
    "vacant vacation vacuum vague vain valid validity valley valuable valued vanish vanity variable variant variation
     varied varies variety vary vast vault vegetable vehicle vein velocity vendor venture venue verbal verbose
     verdict verge versatile versed vertical veteran viable vibrant vibrate vice vicinity vicious victim victorious
     victory viewpoint vigorous village violate violation violence violent virtually virtue visibility visible
     visibly vision visitor visual vital vivid vocabulary vocal voice void volatile volume voluntarily voluntary
     volunteer vote voucher vow voyage vulgar vulnerable",
    "wage wagon waist wakeup waking wander wanting wardrobe warehouse warmth warn warrant warranty warrior wary wasn
     wasted wasteful wasting watchful wave wax weaken weakness wealth wealthy weapon weary weather weave wed weep
     weigh weight welcome welfare weren whatsoever wheel whereabouts whereby whim whine whip whirl whisper whistle
     whoa wholeheartedly wholesale wholly wicked widely widen widespread widow width wilderness wildly willingly
     willingness wipe wiped wiping wire wisdom wisely wit witch withdraw withdrawn withstand witness witty wobble
     wobbly wolf wonderfully wondering wonders wooden woods wool workable workaround workflow workload workmate
     workplace worldwide worm worn worrisome worrying worsen worship worthless worthwhile worthy wouldn wound woven
     wrap wrapped wrapping wreck wrestle wretched wrist writer wrongly",
    "",
    "yank yard yarn yawn yell yellow yep yield younger youngest youth yup",
    "zeal zealous",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_are_plain_and_stand_once_under_their_letter() {
        for (letter, of_letter) in ('a'..='z').zip(ORDINARY) {
            let all: Vec<&str> = of_letter.split_whitespace().collect();
            assert!(all.is_sorted_by(|a, b| a < b), "{letter}");
            for word in all {
                assert!(
                    word.starts_with(letter) && word.len() >= LEAST_LETTERS,
                    "{word}"
                );
                assert!(word.bytes().all(|c| c.is_ascii_lowercase()), "{word}");
            }
        }
    }

    #[test]
    fn forms_of_ordinary_words_are_ordinary_and_names_are_not() {
        let words = Words::default();
        for word in [
            "gobbled",
            "greedy",
            "suffering",
            "insists",
            "brim",
            "tomatoes",
        ] {
            assert_eq!(is_ordinary(word, &words), word != "tomatoes", "{word}");
        }
        for name in [
            "veeam",
            "corosync",
            "kubernetes",
            "nextcloud",
            "zfs",
            "vm",
            "",
            "é",
        ] {
            assert!(!is_ordinary(name, &words), "{name}");
        }
    }
}
