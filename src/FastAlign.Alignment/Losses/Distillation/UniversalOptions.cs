using FastAlign.Core;

namespace FastAlign.Alignment;

/// <summary>Options of distillation across tokenizers, named as in TRL's <c>GOLDConfig</c>.</summary>
public sealed record UniversalOptions
{
    /// <summary>Factor of the cross-entropy of the data's tokens, at least 0. <c>uld_crossentropy_weight</c></summary>
    public double CrossEntropyWeight { get; init; }

    /// <summary>Factor of the distance of the distributions, at least 0. <c>uld_distillation_weight</c></summary>
    public double DistillationWeight { get; init; } = 1;

    /// <summary>Divides the policy's logits, above 0; the cross-entropy stays at 1. <c>uld_student_temperature</c></summary>
    public double StudentTemperature { get; init; } = 1;

    /// <summary>Divides the teacher's logits, above 0. <c>uld_teacher_temperature</c></summary>
    public double TeacherTemperature { get; init; } = 1;

    /// <summary>Leave out the policy's end of sequence. <c>uld_skip_student_eos</c></summary>
    public bool SkipsStudentEos { get; init; } = true;

    /// <summary>Leave out the teacher's end of sequence. <c>uld_skip_teacher_eos</c></summary>
    public bool SkipsTeacherEos { get; init; } = true;

    /// <summary>Compare tokens that spell the same text; else the first with the first, the second with the second. <c>use_extended_uld</c></summary>
    public bool IsAligned { get; init; } = true;

    /// <summary>How several tokens become one. <c>uld_token_merge_strategy</c></summary>
    public MergeStrategy Merge { get; init; }

    /// <summary>
    /// Which rows <see cref="MergeStrategy.Observed"/> reads. trl: those of the tokens themselves, which predict the tokens after them, as its trainer does; others:
    /// those that predict the tokens, as <see cref="MergeStrategy.Bayesian"/> does in all dialects. <c>dialect</c>
    /// </summary>
    public Dialect Dialect { get; init; } = Dialect.Trl;

    /// <summary>Whether rows are those of the tokens themselves rather than those that predict them.</summary>
    public bool IsReadAtTokens => Merge == MergeStrategy.Observed && Dialect == Dialect.Trl;

    /// <summary>Compare tokens that both vocabularies have by themselves, and by rank only the others. <c>uld_use_hybrid_loss</c></summary>
    public bool IsHybrid { get; init; }

    /// <summary>Hybrid: factor of the common tokens; null for their share of the teacher's vocabulary. <c>uld_hybrid_matched_weight</c></summary>
    public double? MatchedWeight { get; init; }

    /// <summary>Hybrid: factor of the others; null for the rest to 1. <c>uld_hybrid_unmatched_weight</c></summary>
    public double? UnmatchedWeight { get; init; }

    /// <exception cref="InputException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(CrossEntropyWeight is >= 0 and < double.PositiveInfinity, "uld_crossentropy_weight", "a number of at least 0", CrossEntropyWeight);
        Require(DistillationWeight is >= 0 and < double.PositiveInfinity, "uld_distillation_weight", "a number of at least 0", DistillationWeight);
        Require(StudentTemperature is > 0 and < double.PositiveInfinity, "uld_student_temperature", "a number above 0", StudentTemperature);
        Require(TeacherTemperature is > 0 and < double.PositiveInfinity, "uld_teacher_temperature", "a number above 0", TeacherTemperature);
        Require(MatchedWeight is null or (>= 0 and < double.PositiveInfinity), "uld_hybrid_matched_weight", "a number of at least 0", MatchedWeight);
        Require(UnmatchedWeight is null or (>= 0 and < double.PositiveInfinity), "uld_hybrid_unmatched_weight", "a number of at least 0", UnmatchedWeight);
        if (IsReadAtTokens && CrossEntropyWeight > 0)
        {
            throw new InputException(
                "uld_crossentropy_weight: expected 0 with uld_token_merge_strategy observed in dialect trl, whose rows do not predict the data's tokens (dialect original has both), "
                + $"found {CrossEntropyWeight}");
        }

        if (MatchedWeight is null != UnmatchedWeight is null)
        {
            throw new InputException("uld_hybrid_matched_weight, uld_hybrid_unmatched_weight: expected both or neither, found one");
        }
    }

    private static void Require(bool holds, string option, string expected, double? found)
    {
        if (!holds)
        {
            throw new InputException($"{option}: expected {expected}, found {found}");
        }
    }
}
