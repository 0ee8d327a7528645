namespace FastAlign.Models;

/// <summary>The tensors above the final norm, named alike in all families.</summary>
internal static class HeadTensors
{
    public static void Add(List<CheckpointTensor> list, DecoderSpec spec, ScoreHeadSpec? score)
    {
        if (score is not null)
        {
            if (score.Hidden > 0)
            {
                list.Add(new CheckpointTensor("score_hidden.weight", $"{DecoderParameters.ScoreHidden}.weight", 0, score.Hidden));
                list.Add(new CheckpointTensor("score_hidden.bias", $"{DecoderParameters.ScoreHidden}.bias", 0, score.Hidden));
            }

            list.Add(new CheckpointTensor("score.weight", $"{DecoderParameters.Score}.weight", 0, score.Labels));
            if (score.HasBias)
            {
                list.Add(new CheckpointTensor("score.bias", $"{DecoderParameters.Score}.bias", 0, score.Labels));
            }
        }
        else if (!spec.IsHeadTied)
        {
            list.Add(new CheckpointTensor("lm_head.weight", DecoderParameters.Head, 0, spec.Vocab));
        }
    }
}
