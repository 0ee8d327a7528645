namespace FastAlign.IO.Checkpoints;

/// <summary>Element types in which weights are saved.</summary>
public enum WeightType
{
    F32,
    BF16,
}
