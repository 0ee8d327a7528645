namespace FastAlign.IO.Checkpoints;

/// <summary>How a model folder is written.</summary>
public sealed record SaveOptions
{
    /// <summary>Weights as F32, or rounded to BF16 (to nearest even): half the size.</summary>
    public WeightType Type { get; init; } = WeightType.F32;

    /// <summary>Bytes of weights beyond which they are split into shards of at most this size (a single larger tensor has a shard of its own).</summary>
    public long ShardBytes { get; init; } = 5_000_000_000;

    /// <summary>Whether a model folder of that name may be replaced. A folder that is not a model never is.</summary>
    public bool ReplacesModel { get; init; }
}
