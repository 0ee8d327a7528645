using FastAlign.Alignment;
using FastAlign.IO.Datasets;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>Everyone who takes part: every loss that trains from recorded feedback, with TRL's defaults where it has them.</summary>
internal static class Contestants
{
    private const double Beta = 0.1;
    private const double Smoothing = 0.1;

    // exo_pair needs noise in its labels; rebel and dno regress to margins, which only the synthetic world has; sr_dpo and sr_ipo need a second prompt; egpo and onpo need samples of the policy in training, which a fixed file does not have.
    private static readonly string[] PlainDpo =
    [
        "sigmoid", "hinge", "ipo", "nca_pair", "bco_pair", "sppo_hard", "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm", "cpl", "inpo",
    ];

    private static readonly string[] Divergences = ["forward_kl", "js_divergence", "alpha_divergence"];

    /// <summary>Those that need pairs only.</summary>
    public static IReadOnlyList<Contestant> OfPairs { get; } =
    [
        .. PlainDpo.Select(name => Dpo(name, new DpoOptions { LossTypes = [name], Beta = Beta })),
        Dpo("exo_pair", new DpoOptions { LossTypes = ["exo_pair"], Beta = Beta, LabelSmoothing = Smoothing }),
        Dpo("robust", new DpoOptions { LossTypes = ["robust"], Beta = Beta, LabelSmoothing = Smoothing }),
        Dpo("sigmoid, cDPO", new DpoOptions { Beta = Beta, LabelSmoothing = Smoothing, Dialect = Dialect.Original }),
        Dpo("sigmoid + sft (RPO)", new DpoOptions { LossTypes = ["sigmoid", "sft"], Beta = Beta }),
        Dpo("sigmoid 0.8, bco_pair 0.2, sft 1 (MPO)", new DpoOptions { LossTypes = ["sigmoid", "bco_pair", "sft"], LossWeights = [0.8, 0.2, 1], Beta = Beta }),
        Dpo("sigmoid, WPO", new DpoOptions { Beta = Beta, IsProbabilityWeighted = true }, HeadStatistics.LogSumSquares),
        Dpo("sigmoid, LD-DPO 0.5", new DpoOptions { Beta = Beta, TailWeight = 0.5 }),
        .. Divergences.Select(name => Dpo($"sigmoid, {name}", new DpoOptions { Beta = Beta, Divergence = name })),
        .. new[] { "sigmoid", "hinge", "ipo", "simpo", "slic", "cpl" }.Select(Cpo),
        new("orpo", "orpo", set => new TrainingTask(new PreferenceData(set.Pairs, extra: PreferenceExtra.Prompt), PairLosses.Orpo())),
        new("kto", "kto", set => Unpaired(set, "kto", isMismatched: true)),
        new("kto", "apo_zero_unpaired", set => Unpaired(set, "apo_zero_unpaired")),
        new("kto", "feedback", set => Unpaired(set, "feedback")),
        new("bco", "bco", set => Unpaired(set, "bco")),
    ];

    /// <summary>Those that need gold scores: soft labels, margins, lists and rewards.</summary>
    public static IReadOnlyList<Contestant> OfStories { get; } =
    [
        .. new[] { "mmpo", "rebel", "dno" }.Select(WithMargins),
        .. PairLosses.ListNames.Select(name => new Contestant("lipo", name, set => new TrainingTask(Lists(set), PairLosses.List(new ListOptions { LossType = name, Beta = Beta })))),
        new("dro", "dro", set => Unpaired(set, "dro")),
        .. new[] { "grpo", "dr_grpo", "dapo", "gspo", "gmpo", "cispo", "sapo", "vespo", "rloo", "gpg", "clip_cov", "kl_cov" }.Select(Policy),
    ];

    /// <summary>Those that imitate a teacher on the recorded completions of both sides, whoever was preferred; what they know of the preference comes from the teacher alone.</summary>
    /// <param name="teacher">A model that a preference loss has trained.</param>
    public static IReadOnlyList<Contestant> OfTeacher(DecoderModel teacher)
    {
        return
        [
            Distil("gkd, KL(teacher, policy)", "gkd", new DistillationOptions { Beta = 0 }),
            Distil("gkd, Jensen-Shannon", "gkd", new DistillationOptions { Beta = 0.5 }),
            Distil("gkd, KL(policy, teacher)", "gkd", new DistillationOptions { Beta = 1 }),
            Distil("gkd, top 16", "gkd", new DistillationOptions { Beta = 0, TopK = 16 }),
            Distil("sampled_token", "sampled_token", new DistillationOptions()),
            Distil("iw_opd", "iw_opd", new DistillationOptions()),
        ];

        Contestant Distil(string name, string loss, DistillationOptions options) => new("distill", name, set =>
        {
            TeacherOptions comparison = DistillationLosses.Comparison(loss, options);
            return new TrainingTask(Texts(set), comparison.Loss) { Teacher = new VocabularyTeacher(teacher, comparison) };
        });
    }

    private static SequenceData Texts(StudySet set) => new([.. set.Pairs.SelectMany(pair => new[] { Text(pair, pair.Chosen), Text(pair, pair.Rejected) })]);

    private static SftExample Text(PreferenceExample pair, int[] completion) =>
        new(pair.Row, [.. pair.Prompt, .. completion], [.. Enumerable.Repeat(SftExample.Ignored, pair.Prompt.Length), .. completion], []);

    private static Contestant Dpo(string name, DpoOptions options, HeadStatistics statistics = HeadStatistics.None) => new(
        "dpo", name, set => new TrainingTask(new PreferenceData(set.Pairs, statistics: statistics), PairLosses.Dpo(options)), options.LossTypes[0] == "sigmoid" ? options.Beta : double.NaN);

    private static Contestant Cpo(string name) => new("cpo", name, set => new TrainingTask(new PreferenceData(set.Pairs), PairLosses.Cpo(new CpoOptions { LossType = name, Beta = Beta })));

    private static TrainingTask Unpaired(StudySet set, string name, bool isMismatched = false)
    {
        UnpairedExample[] examples =
        [
            .. set.Pairs.SelectMany((pair, i) => new[]
            {
                new UnpairedExample(pair.Row, pair.Prompt, pair.Chosen, true) { Reward = GoldOf(set, i, pair.Chosen, 1) },
                new UnpairedExample(pair.Row, pair.Prompt, pair.Rejected, false) { Reward = GoldOf(set, i, pair.Rejected, -1) },
            }),
        ];

        // The completion of the pair before, on the same side: never of the same prompt. Cut where it makes the sequence too long.
        int[][]? others = isMismatched
            ? [.. examples.Select((one, i) => UnpairedDataset.Cut(one.Prompt, examples[(i + examples.Length - 2) % examples.Length].Completion, set.MaxLength).Completion)]
            : null;
        return new TrainingTask(new UnpairedData(examples, others), UnpairedLosses.Create(name, new UnpairedOptions { Beta = Beta }));
    }

    private static double GoldOf(StudySet set, int pair, int[] completion, double otherwise)
    {
        if (set.Stories.Count == 0)
        {
            return otherwise;
        }

        Story story = set.Stories[pair];
        return story.Gold[Array.IndexOf(story.Completions, completion)];
    }

    private static Contestant WithMargins(string name) => new(
        "dpo",
        name,
        set =>
        {
            PreferenceExample[] pairs = [.. set.Pairs.Select((pair, i) => pair with { Margin = GoldOf(set, i, pair.Chosen, 0) - GoldOf(set, i, pair.Rejected, 0) })];
            return new TrainingTask(new PreferenceData(pairs), PairLosses.Dpo(new DpoOptions { LossTypes = [name], Beta = Beta }));
        },
        name == "mmpo" ? Beta : double.NaN);

    private static ListData Lists(StudySet set) => new([.. set.Stories.Select(story => new ListExample(story.Row, story.Prompt, story.Completions, story.Gold))]);

    private static Contestant Policy(string name) => new("offline-grpo", name, set =>
    {
        // The untrained policy wrote the completions: the ratio is 1 at first and moves as training leaves it behind.
        RolloutExample[] rollouts = [.. set.Stories.SelectMany(story => story.Completions.Select(ids => new RolloutExample(story.Row, story.Row, story.Prompt, ids)))];
        var data = new RolloutData(rollouts);
        double[] rewards = [.. set.Stories.SelectMany(story => story.Gold)];
        double[] advantages = new double[rewards.Length];
        int[] groups = [.. Enumerable.Range(0, set.Stories.Count + 1).Select(i => i * StoryWorld.Candidates)];
        GroupAdvantage.Relative(rewards, groups, RewardScale.Group, GroupAdvantage.Epsilon(Dialect.Trl), advantages);
        for (int i = 0; i < advantages.Length; i++)
        {
            data.SetAdvantage(i, advantages[i]);
            data.SetOldLogProbs(i, set.Stories[i / StoryWorld.Candidates].LogProbs[i % StoryWorld.Candidates]);
        }

        return new TrainingTask(data, PolicyLosses.Create(name, new PolicyOptions { Beta = 0 }));
    });
}
