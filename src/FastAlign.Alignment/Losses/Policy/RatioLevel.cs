namespace FastAlign.Alignment;

/// <summary>What the importance ratio of a policy loss is the ratio of. With <c>l_t = log pi - log old</c> of a token and n tokens in its sequence:</summary>
public enum RatioLevel
{
    /// <summary><c>x_t = l_t</c></summary>
    Token,

    /// <summary><c>x = sum_t l_t / n</c>, the same for every token and differentiated by all of them: GSPO (Zheng et al., 2025, equation 7).</summary>
    Sequence,

    /// <summary>The value of <see cref="Sequence"/> with the gradient of <see cref="Token"/>: GSPO-token (equation 14).</summary>
    SequenceToken,

    /// <summary><c>x = sum_t l_t / n</c>, one loss per sequence instead of one per token: GMPO.</summary>
    WholeMean,

    /// <summary><c>x = sum_t l_t</c>, one loss per sequence instead of one per token: RLOO.</summary>
    WholeSum,
}
