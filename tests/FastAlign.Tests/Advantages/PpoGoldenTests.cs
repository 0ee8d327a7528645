using System.Text.Json;
using FastAlign.Alignment;
using FastAlign.Kernels;
using FastAlign.Tests.Losses;
using Xunit;

namespace FastAlign.Tests.Advantages;

/// <summary>One update of TRL's PPO from its parts: penalties, KL shaping, whitening, GAE, clipped policy and value losses.</summary>
[Trait("Category", Goldens.Category)]
public sealed class PpoGoldenTests
{
    private static readonly JsonElement Golden = GoldenJson.Load("losses", "ppo.json");

    public static IEnumerable<TheoryDataRow<string>> Updates() => Golden.GetProperty("cases").EnumerateArray()
        .Where(entry => entry.GetProperty("batch").ValueKind == JsonValueKind.String)
        .Select(entry => new TheoryDataRow<string>(entry.GetProperty("name").GetString()!));

    [Theory, MemberData(nameof(Updates))]
    public void Update_FromParts_MatchesTrl(string name)
    {
        JsonElement golden = Golden.GetProperty("cases").Named(name);
        var update = new Update(Golden.GetProperty("batches").GetProperty(golden.GetProperty("batch").GetString()!), golden.GetProperty("options"));

        JsonElement expected = golden.GetProperty("expected");
        update.Run();

        LossAssert.Gradients(expected.GetProperty("score_after_penalty").Numbers(), update.Scores);
        LossAssert.Gradients(expected.GetProperty("kl").Numbers(), update.Kl);
        LossAssert.Gradients(expected.GetProperty("rewards").Numbers(), update.Rewards);
        LossAssert.Gradients(expected.GetProperty("advantages_before_whitening").Numbers(), update.RawAdvantages);
        LossAssert.Gradients(expected.GetProperty("advantages").Numbers(), update.Advantages);
        LossAssert.Gradients(expected.GetProperty("returns").Numbers(), update.Returns);
        LossAssert.Value(expected.GetProperty("pg_loss").Number(), update.Policy.Loss, "pg_loss");
        LossAssert.Value(expected.GetProperty("vf_loss").Number(), update.ValueLoss, "vf_loss");
        LossAssert.Value(expected.GetProperty("loss").Number(), update.Policy.Loss + (update.ValueCoefficient * update.ValueLoss), "loss");
        LossAssert.Gradients(expected.GetProperty("dnew_logp").Numbers(), update.Policy.DLogProb);
        LossAssert.Gradients(expected.GetProperty("dvpred").Numbers(), update.DValues);
        foreach (JsonProperty metric in expected.GetProperty("metrics").EnumerateObject())
        {
            LossAssert.Value(metric.Value.Number(), update.Metric(metric.Name), metric.Name);
        }
    }

    [Fact]
    public void Whitening_MaskedValues_MatchesTrl()
    {
        JsonElement golden = Golden.GetProperty("cases").Named("masked_helpers");
        JsonElement expected = golden.GetProperty("expected");
        double[] values = golden.GetProperty("options").GetProperty("values").Numbers();
        double[] mask = [.. PairBatch.Ragged(golden.GetProperty("options").GetProperty("mask")).SelectMany(row => row)];
        int width = golden.GetProperty("options").GetProperty("values")[0].GetArrayLength();
        double[] whitened = [.. values];
        double[] kept = [.. values];
        Whitening.Apply(whitened, mask, WhitenedMean.Zero);
        Whitening.Apply(kept, mask, WhitenedMean.Kept);

        LossAssert.Value(expected.GetProperty("masked_mean").Number(), Whitening.Mean(values, mask), "masked_mean");
        LossAssert.Gradients(
            expected.GetProperty("masked_mean_axis1").Numbers(),
            [.. Enumerable.Range(0, values.Length / width).Select(row => Whitening.Mean(values.AsSpan(row * width, width), mask.AsSpan(row * width, width)))]);
        LossAssert.Value(expected.GetProperty("masked_var_unbiased").Number(), Whitening.Variance(values, mask), "masked_var_unbiased");
        LossAssert.Value(expected.GetProperty("masked_var_biased").Number(), Whitening.Variance(values, mask, isUnbiased: false), "masked_var_biased");
        LossAssert.Gradients(expected.GetProperty("masked_whiten").Numbers(), whitened);
        LossAssert.Gradients(expected.GetProperty("masked_whiten_keep_mean").Numbers(), kept);
    }

    /// <summary>TRL cuts after the first stop token and pads; ragged rows are cut only.</summary>
    [Fact]
    public void Truncate_AtTheFirstStopToken_MatchesTrl()
    {
        JsonElement golden = Golden.GetProperty("cases").Named("truncate_response");
        JsonElement options = golden.GetProperty("options");
        int stop = options.GetProperty("stop_token_id").GetInt32();
        double pad = options.GetProperty("pad_token_id").Number();
        double[][] responses = PairBatch.Ragged(options.GetProperty("responses"));

        double[][] cut = [.. responses.Select(row => row.Select((id, t) => t < RolloutData.LengthThrough([.. row.Select(v => (int)v)], stop) ? id : pad).ToArray())];

        Assert.Equal(golden.GetProperty("expected").GetProperty("responses").Numbers(), cut.SelectMany(row => row).ToArray());
    }

    private sealed class Update
    {
        private readonly JsonElement _inputs;
        private readonly JsonElement _options;
        private readonly int[] _tokens;
        private readonly int[] _states;
        private readonly int _width;
        private readonly double[] _old;
        private readonly double[] _new;
        private readonly double[] _values;
        private readonly double[] _predicted;

        public Update(JsonElement inputs, JsonElement options)
        {
            (_inputs, _options) = (inputs, options);
            string[] known = ["kl_coef", "kl_estimator", "missing_eos_penalty", "whiten_rewards", "gamma", "lam", "cliprange", "cliprange_value", "vf_coef", "stop_token_id"];
            Assert.All(options.EnumerateObject(), option => Assert.Contains(option.Name, known));
            _width = inputs.GetProperty("width").GetInt32();
            _tokens = PairBatch.Starts(PairBatch.Ragged(inputs.GetProperty("new_logp")));
            _states = PairBatch.Starts(PairBatch.Ragged(inputs.GetProperty("values")));
            (_old, _new) = (inputs.GetProperty("old_logp").Numbers(), inputs.GetProperty("new_logp").Numbers());
            (_values, _predicted) = (inputs.GetProperty("values").Numbers(), inputs.GetProperty("vpred").Numbers());
            Scores = inputs.GetProperty("score").Numbers();
            (Kl, Rewards, Returns) = (new double[_old.Length], new double[_values.Length], new double[_values.Length]);
            (RawAdvantages, Advantages, DValues) = (new double[_old.Length], new double[_old.Length], new double[_values.Length]);
        }

        public double[] Scores { get; }

        public double[] Kl { get; }

        public double[] Rewards { get; }

        public double[] RawAdvantages { get; }

        public double[] Advantages { get; }

        public double[] Returns { get; }

        public double[] DValues { get; }

        public PolicyResult Policy { get; private set; } = null!;

        public double ValueLoss { get; private set; }

        public double ValueCoefficient => _options.GetProperty("vf_coef").Number();

        private double ClipRange => _options.GetProperty("cliprange").Number();

        private bool[] HasStop => [.. _inputs.GetProperty("responses").EnumerateArray().Select(row => row.Numbers().Contains(_options.GetProperty("stop_token_id").Number()))];

        public void Run()
        {
            TokenRewards.PenalizeMissingEnd(HasStop, _options.Number("missing_eos_penalty", 0), Scores);
            double[] reference = _inputs.GetProperty("ref_logp").Numbers();
            KlEstimators.Evaluate(KlEstimators.Parse(_options.GetProperty("kl_estimator").GetString()!), Dialect.Trl, _old, reference, Kl);
            TokenRewards.SubtractKl(OnStates(Kl), _options.GetProperty("kl_coef").Number(), Rewards);
            TokenRewards.AddSequences(Scores, _states, RewardPlacement.Last, Rewards);
            if (_options.GetProperty("whiten_rewards").GetBoolean())
            {
                Whitening.Apply(Rewards, [], WhitenedMean.Kept);
            }

            double[] advantages = new double[_values.Length];
            GeneralizedAdvantage.Tokens(Rewards, _values, _states, _options.GetProperty("gamma").Number(), _options.GetProperty("lam").Number(), advantages, Returns);
            OnTokens(advantages).CopyTo(RawAdvantages, 0);
            RawAdvantages.CopyTo(Advantages, 0);
            Whitening.Apply(Advantages, [], WhitenedMean.Zero);
            PolicyBatch batch = new() { RowStarts = _tokens, LogProb = _new, Entropy = [.. _new.Select(_ => 0.0)] };
            (batch.Columns[Column.OldLogProb], batch.Columns[Column.Advantage]) = (_old, Advantages);
            Policy = batch.Evaluate(PolicyLosses.Create("ppo", new PolicyOptions { Epsilon = ClipRange }));
            var loss = new ValueLoss(_options.GetProperty("cliprange_value").Number());
            ValueLoss = loss.Evaluate(_predicted, _values, Returns, _values.Length, DValues);
            for (int t = 0; t < DValues.Length; t++)
            {
                DValues[t] *= ValueCoefficient;
            }
        }

        /// <summary>What TRL's PPO logs; averages over "all positions" include the padding, where differences are 0 and ratios 1.</summary>
        public double Metric(string name)
        {
            int sequences = _tokens.Length - 1;
            double penalty = -_options.GetProperty("kl_coef").Number() * Kl.Sum() / sequences;
            double padding = (sequences * _width) - _new.Length;
            double[] ratios = [.. _new.Zip(_old, (n, o) => Math.Exp(n - o))];
            return name switch
            {
                "objective/kl" => Kl.Sum() / sequences,
                "objective/entropy" => -_old.Sum() / sequences,
                "objective/non_score_reward" => penalty,
                "objective/scores" => Scores.Average(),
                "objective/rlhf_reward" => penalty + Scores.Average(),
                "loss/policy_avg" => Policy.Loss,
                "loss/value_avg" => ValueLoss,
                "policy/approxkl_avg" => 0.5 * _new.Zip(_old, (n, o) => (n - o) * (n - o)).Sum() / (sequences * _width),
                "policy/clipfrac_avg" => Policy.Metrics.Value(Alignment.Metric.ClipRatioRegionMean),
                "val/clipfrac_avg" => FastAlign.Alignment.ValueLoss.ClippedShare(_predicted, _values, Returns, _options.GetProperty("cliprange_value").Number()),
                "val/ratio" => (ratios.Sum() + padding) / (sequences * _width),
                "val/num_eos_tokens" => HasStop.Count(has => has),
                _ => throw new InvalidDataException($"metric {name}"),
            };
        }

        /// <summary>A value per token as one per state: 0 for the state after the last token, where there is one.</summary>
        private double[] OnStates(double[] perToken) => [.. Enumerable.Range(0, _tokens.Length - 1).SelectMany(s =>
            perToken[_tokens[s].._tokens[s + 1]].Concat(new double[_states[s + 1] - _states[s] - (_tokens[s + 1] - _tokens[s])]))];

        private double[] OnTokens(double[] perState) => [.. Enumerable.Range(0, _tokens.Length - 1).SelectMany(s =>
            perState.AsSpan(_states[s], _tokens[s + 1] - _tokens[s]).ToArray())];
    }
}
